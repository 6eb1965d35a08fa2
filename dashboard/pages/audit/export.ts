/** The trail as one file of JSON lines, asked for in as many parts as the API gives. */
import type { Api } from '../../api/client.ts';
import type { Narrowed } from './commands.ts';

/** The API allows a person 30 costly calls a minute; a browser holds so much. */
const mostParts = 20;

export interface Exported {
  readonly text: string;
  readonly whole: boolean;
  readonly response: Response;
}

export async function exported(api: Api, { result, via, ...rest }: Narrowed): Promise<Exported> {
  const parts: string[] = [];
  let cursor: string | undefined;
  for (let part = 1; ; part += 1) {
    const query = { ...rest, result, via, cursor } as never;
    const { data, response } = await api.GET('/v1/audit/export', { params: { query }, parseAs: 'text' });
    parts.push(String(data ?? ''));
    cursor = response.headers.get('x-next-cursor') ?? undefined;
    if (cursor === undefined || part >= mostParts)
      return { text: parts.join(''), whole: cursor === undefined, response };
  }
}

/** Hands a file to the person, as a link to it would. */
export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
