/** What is declared and what there is, as plain trees that can be compared field by field. */
export type Tree = { readonly [key: string]: unknown };

/** One field that differs; undefined: it is not there. */
export interface FieldChange {
  path: readonly string[];
  old: unknown;
  new: unknown;
}

/** The fields of `to` that are not as in `from`, in the order of `to`; those that go come last. */
export function compareTrees(from: Tree, to: Tree): FieldChange[] {
  const old = leavesOf(from);
  const next = leavesOf(to);
  const changed = [...next].flatMap(([key, { path, value }]) => {
    const before = old.get(key)?.value;
    return canonical(before) === canonical(value) ? [] : [{ path, old: before, new: value }];
  });
  const gone = [...old].filter(([key]) => !next.has(key));
  return [...changed, ...gone.map(([, { path, value }]) => ({ path, old: value, new: undefined }))];
}

interface Leaf {
  path: string[];
  value: unknown;
}

/** Null, and a branch without leaves, say the same as nothing. What is said in one piece, such as a list or a tool's schema, is compared whole. */
function leavesOf(tree: Tree, path: string[] = []): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  for (const [key, value] of Object.entries(tree)) {
    if (value === null || value === undefined) continue;
    const here = [...path, key];
    if (isTree(value) && key !== SCHEMA) for (const [name, leaf] of leavesOf(value, here)) leaves.set(name, leaf);
    else leaves.set(JSON.stringify(here), { path: here, value });
  }
  return leaves;
}

const SCHEMA = 'input_schema';

/** JSON that is the same for the same value, in whatever order its keys came. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isTree(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
