// Writes src/lib/api/schema.d.ts from the program's own OpenAPI document. PING_OPENAPI names a file to take it from;
// without one the program is asked, built as `make build` builds it so that the work is shared.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const target = fileURLToPath(new URL("../src/lib/api/schema.d.ts", import.meta.url));

function document() {
	if (process.env.PING_OPENAPI) return readFileSync(process.env.PING_OPENAPI, "utf8");
	const go = process.env.GO ?? "go";
	return execFileSync(go, ["run", "-tags", "nodynamic", "-trimpath", "./cmd/pingcrm", "openapi"], {
		cwd: root,
		env: { ...process.env, CGO_ENABLED: "0" },
		maxBuffer: 64 << 20,
		encoding: "utf8",
	});
}

const types = await openapiTS(JSON.parse(document()), { defaultNonNullable: false });
const text = `// Made by scripts/api.mjs of the OpenAPI document; not to be changed by hand.\n${astToString(types)}`;
if (!existsSync(target) || readFileSync(target, "utf8") !== text) writeFileSync(target, text);
