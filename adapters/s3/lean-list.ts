/**
 * Reads the XML of a page of a listing in one pass over its text, since the SDK's parser of any XML takes ten times as
 * long. Promises: the page that S3 sent, whole, or undefined for whatever is not of the form that S3 documents
 * (ListObjectsV2): the SDK is to be asked for that page then.
 */

export interface LeanObject {
  /** As it stands there: encoded, where the page is. */
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag?: string;
}

export interface LeanPage {
  readonly objects: readonly LeanObject[];
  /** Keys are encoded as in a URL. */
  readonly encoded: boolean;
  readonly truncated: boolean;
  readonly next?: string;
}

/** Entries of one page, at most, by S3's documentation. */
const ENTRIES_LIMIT = 1000;

export function parseListPage(xml: string): LeanPage | undefined {
  const reader = new Reader(xml);
  reader.skipDeclaration();
  if (reader.open() !== 'ListBucketResult') return undefined;
  const objects: LeanObject[] = [];
  const facts: Record<string, string> = {};
  for (;;) {
    const name = reader.open();
    if (name === '/ListBucketResult') break;
    if (name === 'Contents') {
      const object = readObject(reader);
      if (object === undefined || objects.push(object) > ENTRIES_LIMIT) return undefined;
    } else {
      const text = name === undefined || name in facts ? undefined : reader.text(name);
      if (name === undefined || text === undefined) return undefined;
      facts[name] = text;
    }
  }
  const { IsTruncated, NextContinuationToken, EncodingType, KeyCount } = facts;
  if (!reader.atEnd() || (IsTruncated !== 'true' && IsTruncated !== 'false')) return undefined;
  if (EncodingType !== undefined && EncodingType !== 'url') return undefined;
  if (KeyCount !== undefined && KeyCount !== String(objects.length)) return undefined;
  return {
    objects,
    encoded: EncodingType !== undefined,
    truncated: IsTruncated === 'true',
    ...(NextContinuationToken ? { next: NextContinuationToken } : {}),
  };
}

function readObject(reader: Reader): LeanObject | undefined {
  let key: string | undefined;
  let size: string | undefined;
  let modified: string | undefined;
  let etag: string | undefined;
  for (;;) {
    const name = reader.open();
    if (name === '/Contents') break;
    if (name === undefined) return undefined;
    if (name === 'Owner' || name === 'RestoreStatus') {
      if (!reader.skip(name)) return undefined;
      continue;
    }
    const text = reader.text(name);
    if (text === undefined) return undefined;
    if (name === 'Key') key = text;
    else if (name === 'Size') size = text;
    else if (name === 'LastModified') modified = text;
    else if (name === 'ETag') etag = text;
  }
  if (key === undefined || size === undefined || modified === undefined) return undefined;
  if (!/^\d{1,15}$/.test(size) || !timePattern.test(modified)) return undefined;
  const modifiedMs = Date.parse(modified);
  if (Number.isNaN(modifiedMs)) return undefined;
  return { key, size: Number(size), modifiedMs, ...(etag === undefined ? {} : { etag }) };
}

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

const LESS = 60;

class Reader {
  readonly #xml: string;
  #at = 0;

  constructor(xml: string) {
    this.#xml = xml;
  }

  skipDeclaration(): void {
    this.#skipSpace();
    if (!this.#xml.startsWith('<?xml ', this.#at)) return;
    const end = this.#xml.indexOf('?>', this.#at);
    if (end >= 0) this.#at = end + 2;
  }

  /** The name of the next tag, `/Name` for one that closes; undefined when something else comes. */
  open(): string | undefined {
    this.#skipSpace();
    if (this.#xml.charCodeAt(this.#at) !== LESS) return undefined;
    const end = this.#xml.indexOf('>', this.#at);
    if (end < 0) return undefined;
    let name = this.#xml.slice(this.#at + 1, end);
    this.#at = end + 1;
    const space = name.indexOf(' ');
    // Of the attributes only the namespace of the root is expected.
    if (space >= 0) name = name.slice(0, space);
    return name;
  }

  /** What stands in an element that was opened, and past its end; undefined when there is more than text in it. */
  text(name: string): string | undefined {
    if (name.endsWith('/')) return '';
    const end = this.#xml.indexOf('<', this.#at);
    const closing = `</${name}>`;
    if (end < 0 || !this.#xml.startsWith(closing, end)) return undefined;
    const text = this.#xml.slice(this.#at, end);
    this.#at = end + closing.length;
    return text.includes('&') ? unescapedXml(text) : text;
  }

  /** Past the end of an element that was opened. */
  skip(name: string): boolean {
    const closing = `</${name}>`;
    const end = this.#xml.indexOf(closing, this.#at);
    if (end >= 0) this.#at = end + closing.length;
    return end >= 0;
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#at === this.#xml.length;
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#xml.charCodeAt(this.#at);
      if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9) return;
      this.#at += 1;
    }
  }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined when it holds what is no reference to a character. */
function unescapedXml(text: string): string | undefined {
  let known = true;
  const plain = text.replace(
    /&(?:(amp|lt|gt|quot|apos)|#x([0-9a-f]{1,6})|#(\d{1,7}));|&/gi,
    (all, name, hex, decimal) => {
      if (name !== undefined && name in named) return named[name] as string;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      if (code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000))
        return String.fromCodePoint(code);
      known = false;
      return all;
    },
  );
  return known ? plain : undefined;
}
