/** How much of a file is looked at for its columns and first rows, in bytes. */
const looked = 64 << 10;

export interface TableHead {
	/** The names under which a text can use the columns. */
	columns: string[];
	rows: Record<string, string>[];
}

/** The columns and the first rows of a CSV file; of any other file nothing: the server reads those. */
export async function headOf(file: File): Promise<TableHead> {
	if (!/\.(csv|tsv|txt)$/i.test(file.name)) return { columns: [], rows: [] };
	return headOfText(await file.slice(0, looked).text(), file.size > looked);
}

/** The same of a CSV file's text; cut says that it goes on, so that its last row may be half of one. */
export function headOfText(text: string, cut: boolean, most = 10): TableHead {
	const [header = [], ...rest] = cellsOf(text, separatorOf(text));
	const columns = header.map(variableOf);
	const rows = (cut ? rest.slice(0, -1) : rest).filter((row) => row.some((cell) => cell.trim()));
	return {
		columns: columns.filter(Boolean),
		rows: rows
			.slice(0, most)
			.map((row) => Object.fromEntries(columns.flatMap((name, i) => (name ? [[name, row[i]?.trim() ?? ""]] : [])))),
	};
}

/** The name under which a text can use a column, as the server makes it: Nama Pelanggan is nama_pelanggan. */
export function variableOf(heading: string): string {
	return heading
		.trim()
		.toLowerCase()
		.replace(/[\s_\-./]+/g, "_")
		.replace(/[^a-z0-9_]/g, "")
		.replace(/_+/g, "_")
		.replace(/^_|_$/g, "")
		.slice(0, 60);
}

/** The sign that stands most often in the first line. */
function separatorOf(text: string): string {
	const line = text.slice(0, text.search(/\r?\n|$/));
	const count = (sign: string) => line.split(sign).length;
	return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/** The cells of a CSV text, row by row. Between quotation marks a separator and a new line are plain text, and "" is one of them. */
export function cellsOf(text: string, separator: string): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	let cell = "";
	let quoted = false;
	const clean = text.replace(/^\uFEFF/, "");
	for (let i = 0; i < clean.length; i++) {
		const c = clean[i] ?? "";
		if (quoted && c === '"' && clean[i + 1] === '"') {
			cell += '"';
			i++;
		} else if (c === '"' && (quoted || cell === "")) quoted = !quoted;
		else if (!quoted && c === separator) {
			row.push(cell);
			cell = "";
		} else if (!quoted && c === "\n") {
			rows.push([...row, cell.replace(/\r$/, "")]);
			row = [];
			cell = "";
		} else cell += c;
	}
	if (cell || row.length > 0) rows.push([...row, cell]);
	return rows;
}
