import { base } from "./client";
import { faultOf, unreachable } from "./fault";

/** Uploads a file and answers with its id; the key is that of the message or the form that it is for. onProgress is told 0 to 1. fetch tells no progress of what goes up, so this is the older way. */
export function upload(file: File, key: string, onProgress: (part: number) => void): Promise<string> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open("POST", `${base}/files`);
		request.setRequestHeader("Idempotency-Key", `${key}-file`);
		request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
		request.onerror = () => reject(unreachable());
		request.onload = async () => {
			const answer = new Response(request.responseText, { status: request.status });
			if (!answer.ok) return reject(await faultOf(answer));
			resolve(((await answer.json()) as { id: string }).id);
		};
		const form = new FormData();
		form.append("file", file, file.name);
		request.send(form);
	});
}
