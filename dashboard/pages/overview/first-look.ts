/** What the overview asks first; asked by main.tsx already, while the page itself is still being fetched. */
export const firstLook = { params: { query: { limit: 200 } } } as const;
