import { type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, type Schema } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { byKey } from "@/lib/api/pages";
import { useEvents } from "@/lib/live/use-events";
import { toastFault } from "@/ui";
import { devicesKeys } from "./keys";
import type { Device } from "./state";

export type Step = Schema["DeviceStep"];
export type Settings = Schema["ChangeInBody3"];

const at = (id: string) => ({ path: { id } });

export function useDevices() {
	return useQuery({
		queryKey: devicesKeys.list(),
		queryFn: () => ask(api.GET("/devices", { params: { query: { limit: 200 } } })),
	});
}

export function useDevice(id: string) {
	const client = useQueryClient();
	return useQuery({
		queryKey: devicesKeys.one(id),
		queryFn: () => ask(api.GET("/devices/{id}", { params: at(id) })),
		placeholderData: () =>
			client.getQueryData<{ items: Device[] }>(devicesKeys.list())?.items.find((device) => device.id === id),
	});
}

/** How often the step is asked for, in case a push of it was missed, in milliseconds. */
const lookAgain = 5_000;

const final = (step: Step | null) => !step || step.step === "done" || step.step === "failed";

/** The step at which linking is; null when none was begun. The server pushes each one, and is asked only while there is one. */
export function useLinkStep({ id, state }: Pick<Device, "id" | "state">) {
	const linking = state === "linking";
	const client = useQueryClient();
	useEvents(["device.link"], (event) => {
		const { device_id, link } = event.data as { device_id: string; link: Step };
		if (device_id === id) client.setQueryData(devicesKeys.link(id), link);
	});
	return useQuery<Step | null>({
		queryKey: devicesKeys.link(id),
		queryFn: async ({ signal }) => {
			try {
				return await ask(api.GET("/devices/{id}/link", { params: at(id), signal }));
			} catch (error) {
				if (error instanceof Fault && error.code === "link_not_started") return null;
				throw error;
			}
		},
		initialData: linking ? undefined : null,
		enabled: ({ state: { data } }) => linking || !final(data ?? null),
		// Without an answer, too: a card that comes back while its question is being taken back would wait for ever.
		refetchInterval: ({ state: { data } }) => (data !== undefined && final(data) ? false : lookAgain),
		staleTime: 0,
		// A step that was kept from before the card was away would be taken for one of the attempt that is shown.
		gcTime: 0,
	});
}

/** Begins to link, or begins anew: what ran before is over. */
export function useStartLink(id: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (body: Schema["LinkInBody"]) => ask(api.POST("/devices/{id}/link", { params: at(id), body })),
		onSuccess: (step) => client.setQueryData<Step>(devicesKeys.link(id), step),
	});
}

export function useAnswerLink(id: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (body: Schema["AnswerInBody"]) => ask(api.POST("/devices/{id}/link/answer", { params: at(id), body })),
		onSuccess: (step) => client.setQueryData<Step>(devicesKeys.link(id), step),
	});
}

function put(client: QueryClient, id: string, change: (device: Device) => Device) {
	client.setQueryData<Device>(devicesKeys.one(id), (old) => old && change(old));
	client.setQueryData<{ items: Device[] }>(
		devicesKeys.list(),
		(old) => old && { ...old, items: old.items.map((one) => (one.id === id ? change(one) : one)) },
	);
}

/** What of a change can be shown before the server has taken it. */
const shown = ({ proxy: _, ...body }: Settings): Partial<Device> => body;

/** Changes a device. It shows at once, and is as it was if the server refuses; an answer leaves alone what is on its way. */
export function useChangeDevice(id: string) {
	const client = useQueryClient();
	const mutationKey = devicesKeys.change(id);
	const settle = (device: Device, own: Settings) => {
		const all = client.getMutationCache().findAll({ mutationKey, status: "pending" });
		const others = all.map((one) => one.state.variables as Settings).filter((body) => body !== own);
		put(client, id, () => Object.assign({ ...device }, ...others.map(shown)));
	};
	return useMutation({
		mutationKey,
		mutationFn: (body: Settings) => ask(api.PATCH("/devices/{id}", { params: at(id), body })),
		onMutate: async (body) => {
			const before = client.getQueryData<Device>(devicesKeys.one(id));
			put(client, id, (device) => ({ ...device, ...shown(body) }));
			await client.cancelQueries({ queryKey: devicesKeys.all });
			return before;
		},
		onSuccess: settle,
		onError: (error, body, before) => {
			if (before) settle(before, body);
			if (!(error instanceof Fault && error.field)) toastFault(error);
		},
	});
}

/** How far the phone's history is in; asked for again while some is coming. */
export function useHistory(device: Device) {
	return useQuery({
		queryKey: devicesKeys.history(device.id),
		queryFn: () => ask(api.GET("/devices/{id}/history", { params: at(device.id) })),
		enabled: device.linked,
		refetchInterval: (query) => ((query.state.data?.percent ?? 100) < 100 || query.state.data?.pending ? 3_000 : false),
	});
}

export type Delivery = Schema["WebhookView"];

/** The device's webhook deliveries; asked for again while one is under way. */
export function useDeliveries(id: string, state: "" | Delivery["state"]) {
	return useInfiniteQuery({
		queryKey: devicesKeys.deliveries(id, state),
		queryFn: ({ pageParam: after }) => {
			const query = { after, limit: 20, ...(state && { state }) };
			return ask(api.GET("/devices/{id}/webhook/deliveries", { params: { ...at(id), query } }));
		},
		...byKey,
		refetchInterval: (query) =>
			query.state.data?.pages.some((page) => page.items.some((one) => one.state === "pending")) ? 3_000 : 15_000,
	});
}
