import { useParams } from "@tanstack/react-router";
import { DeviceList } from "./device-list";
import { DevicePage } from "./device-page";

/** All devices, or one of them. */
export function Page() {
	const { device } = useParams({ strict: false }) as { device?: string };
	return device ? <DevicePage key={device} id={device} /> : <DeviceList />;
}
