/**
 * What stands in the margins of each printed page: whose report it is, of which period, who made it, and the number of
 * the page. By a style sheet that is made here, since its words are of the report; the page's policy allows no style
 * elements, and this is none. Browsers that know no margins of pages print the report without.
 */

export interface Margins {
  readonly left: string;
  readonly right: string;
  readonly foot: string;
  /** Between the number of the page and how many there are. */
  readonly of: string;
}

export function marginRules({ left, right, foot, of }: Margins): string {
  const small = 'font-size: 8pt; color: #444;';
  return `@page {
  size: A4;
  margin: 18mm 14mm;
  @top-left { content: ${quoted(left)}; ${small} }
  @top-right { content: ${quoted(right)}; ${small} }
  @bottom-left { content: ${quoted(foot)}; ${small} }
  @bottom-right { content: counter(page) ${quoted(` ${of} `)} counter(pages); ${small} }
}`;
}

/** As a string of CSS: nothing in it ends it. */
export function quoted(text: string): string {
  const safe = [...text]
    .map((sign) => (/["\\<>\n\r\f\0]/.test(sign) ? `\\${(sign.codePointAt(0) ?? 0).toString(16)} ` : sign))
    .join('');
  return `"${safe}"`;
}

/** Puts them on, and gives what takes them off. */
export function wearMargins(margins: Margins): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(marginRules(margins));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  };
}
