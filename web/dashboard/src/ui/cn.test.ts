// @vitest-environment node
import { twMerge } from "tailwind-merge";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>(["/src/**/*.ts{,x}", "!**/*.test.ts{,x}"], {
	eager: true,
	query: "?raw",
	import: "default",
});

/**
 * Reads the classes of source texts without running them: what stands in cn(), in cva() and in a className, what is a constant,
 * and what callers give a component as className, as far as it is handed on. What a condition is, it does not ask.
 */
class Reader {
	private readonly files: ts.SourceFile[];
	/** What a name stands for, by file and name, and by name alone. */
	private readonly values = new Map<string, ts.Node[]>();
	/** What is given to a component as className, and the components that hand all that they are given on to it. */
	private readonly given = new Map<string, ts.Node[]>();
	private readonly from = new Map<string, string[]>();
	readonly found = new Set<string>();

	constructor(texts: Record<string, string>) {
		this.files = Object.entries(texts).map(([name, text]) =>
			ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX),
		);
		this.each((node) => {
			const named = ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node);
			const value = ts.isVariableDeclaration(node) ? node.initializer : node;
			if (named && value && node.name && ts.isIdentifier(node.name)) {
				put(this.values, `${node.getSourceFile().fileName} ${node.name.text}`, value);
				put(this.values, node.name.text, value);
			}
			if (ts.isJsxAttribute(node) && node.initializer && node.name.getText() === "className")
				put(this.given, tagOf(node), node.initializer);
			if (ts.isJsxSpreadAttribute(node)) put(this.from, tagOf(node), componentOf(node));
		});
		this.each((node) => {
			if (ts.isCallExpression(node) && node.expression.getText() === "cn")
				this.apart(
					node,
					node.arguments.map((one) => this.of(one)),
				);
			if (ts.isCallExpression(node) && node.expression.getText() === "cva") this.variants(node);
			if (ts.isJsxAttribute(node) && node.name.getText() === "className" && node.initializer)
				this.apart(node, [this.of(node.initializer)]);
		});
	}

	private each(visit: (node: ts.Node) => void) {
		const walk = (node: ts.Node) => {
			visit(node);
			node.forEachChild(walk);
		};
		for (const file of this.files) walk(file);
	}

	/** The texts that a node may be, one of which it is. */
	private readonly of = (node: ts.Node, seen: ReadonlySet<unknown> = new Set()): string[] => {
		if (seen.has(node) || ts.isTypeNode(node)) return [];
		const on = (...next: ts.Node[]) => next.flatMap((one) => this.of(one, new Set([...seen, node])));
		if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
			return [node.text];
		if (ts.isConditionalExpression(node)) return on(node.whenTrue, node.whenFalse);
		if (ts.isBinaryExpression(node))
			return node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
				? on(node.right)
				: on(node.left, node.right);
		if (ts.isPropertyAccessExpression(node)) return on(node.expression);
		if (ts.isPropertyAssignment(node)) return on(node.initializer);
		if (ts.isElementAccessExpression(node)) return on(node.expression);
		if (ts.isFunctionDeclaration(node)) return node.body ? on(node.body) : [];
		if (ts.isArrowFunction(node)) return on(node.body);
		if (ts.isIdentifier(node)) {
			if (node.text === "className") return this.givenTo(componentOf(node)).flatMap((one) => on(one));
			const own = this.values.get(`${node.getSourceFile().fileName} ${node.text}`);
			return on(...(own ?? (imports(node) ? (this.values.get(node.text) ?? []) : [])));
		}
		const below: ts.Node[] = [];
		node.forEachChild((child) => void below.push(child));
		return on(...below);
	};

	private givenTo(component: string, seen: string[] = []): ts.Node[] {
		if (seen.includes(component)) return [];
		const through = (this.from.get(component) ?? []).flatMap((one) => this.givenTo(one, [...seen, component]));
		return [...(this.given.get(component) ?? []), ...through];
	}

	private variants(call: ts.CallExpression) {
		const [base, options] = call.arguments;
		const groups: ts.Node[] = [];
		options?.forEachChild((part) => {
			if (ts.isPropertyAssignment(part) && part.name.getText() === "variants")
				part.initializer.forEachChild((group) => void groups.push(group));
		});
		this.apart(
			call,
			[base, ...groups].flatMap((one) => (one ? [this.of(one)] : [])),
		);
	}

	/** Notes what of two texts of one element is at odds. */
	private apart(at: ts.Node, parts: string[][]) {
		const file = at.getSourceFile();
		const where = `${file.fileName}:${file.getLineAndCharacterOfPosition(at.getStart()).line + 1}`;
		const all = parts.flatMap((texts, i) => texts.map((text) => ({ i, text })));
		for (const a of all) {
			if (lost(a.text).length > 0) this.found.add(`${where} "${a.text}"`);
			for (const b of all)
				if (b.i > a.i && lost(`${a.text} ${b.text}`).length > lost(a.text).length + lost(b.text).length)
					this.found.add(`${where} "${lost(`${a.text} ${b.text}`).join(" ")}" and "${b.text}"`);
		}
	}
}

/** What lost has found. */
const known = new Map<string, string[]>();

/** The classes of a text that say what a later one of it says too. */
function lost(text: string): string[] {
	let found = known.get(text);
	if (!found) {
		const all = [...new Set(text.split(/\s+/).filter(Boolean))];
		const kept = new Set(twMerge(all.join(" ")).split(" "));
		found = all.filter((one) => !kept.has(one));
		known.set(text, found);
	}
	return found;
}

function put<V>(map: Map<string, V[]>, key: string, value: V) {
	map.set(key, [...(map.get(key) ?? []), value]);
}

const tagOf = (attribute: ts.JsxAttribute | ts.JsxSpreadAttribute) => attribute.parent.parent.tagName.getText();

/** The component that a node is in. */
function componentOf(node: ts.Node): string {
	for (let at = node; at; at = at.parent) if (ts.isFunctionDeclaration(at)) return at.name?.text ?? "";
	return "";
}

/** Whether a name comes from another file. */
function imports(name: ts.Identifier): boolean {
	return name
		.getSourceFile()
		.statements.some(
			(one) =>
				ts.isImportDeclaration(one) &&
				one.importClause?.namedBindings &&
				ts.isNamedImports(one.importClause.namedBindings) &&
				one.importClause.namedBindings.elements.some((element) => element.name.text === name.text),
		);
}

const atOdds = (texts: Record<string, string>) => [...new Reader(texts).found];

// Some hundred files are read.
it("no two classes of an element are at odds", { timeout: 60_000 }, () => {
	expect(Object.keys(sources).length).toBeGreaterThan(300);
	expect(atOdds(sources)).toEqual([]);
});

describe("at odds are", () => {
	const part = (classes: string) =>
		`function Part({ className }) { return <p className={cn("${classes}", className)} />; }`;
	it.each([
		["two of one text", `<p className="px-2 px-3" />`],
		["one always and one at times", `<p className={cn("px-2", on && "px-3")} />`],
		["a part's and its caller's", `${part("px-2")} <Part className="px-3" />`],
		[
			"a part's and that of somebody's who uses its caller",
			`${part("px-2")} function Other(props) { return <Part {...props} />; } <Other className={on ? "px-3" : "mx-1"} />`,
		],
		["a constant's", `const look = "px-2"; <p className={cn(look, looks[kind])} />; const looks = { good: "px-3" };`],
		["a variant's", `const look = cva("px-2", { variants: { kind: { good: "px-3" } } });`],
		["two variants'", `cva("", { variants: { kind: { good: "px-3" }, size: { sm: "px-2" } } });`],
		["two that give way", `${part("base:px-2")} <Part className="base:px-3" />`],
	])("%s", (_, text) => {
		expect(atOdds({ "a.tsx": text })).toHaveLength(1);
	});
	it.each([
		[
			"what gives way",
			`${part("base:px-2 base:md:px-4 base:hover:bg-raised")} <Part className="px-3 hover:bg-ground" />`,
		],
		["one or the other", `<p className={cn("mx-1", on ? "px-2" : "px-3")} />`],
		["one for phones only", `<p className="px-2 max-md:px-3" />`],
		["size and colour of a text", `${part("text-sm")} <Part className="text-bad" />`],
		["what another part's callers say", `${part("px-2")} <Other className="px-3" />`],
	])("%s is not", (_, text) => {
		expect(atOdds({ "a.tsx": text })).toEqual([]);
	});
});
