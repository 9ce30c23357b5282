/**
 * Joins classes, and merges none: two of an element that set the same would be settled by their order in the style sheet. So an
 * element's own are chosen, `on ? "bg-raised" : "bg-surface"`, and what a part lets its callers change it writes with `base:`
 * (base.css), as in `base:px-4 base:md:px-5`: a caller's `px-2` then counts, on every screen. `base:hover:…` gives way to a
 * caller's `hover:…` only. A caller who sets another size of text may want its `leading-…` too. cn.test.ts finds two at odds.
 */
export { clsx as cn } from "clsx";
