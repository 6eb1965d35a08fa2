/** Small pictures beside words, never instead of them: hidden from readers of the screen. */
export type IconName = keyof typeof paths;

const paths = {
  mark: 'M5 3v18M19 3v18M5 12h14',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6L6 18',
  home: 'M4 11l8-7 8 7M6 10v10h12V10',
  plan: 'M6 3h9l4 4v14H6zM9 12h7M9 16h7',
  run: 'M6 4l14 8-14 8z',
  point: 'M12 3v6M12 15v6M3 12h6M15 12h6M12 9a3 3 0 100 6 3 3 0 000-6z',
  restore: 'M4 4v6h6M4.5 10a8 8 0 11-.6 4',
  proof: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.500-1-8-4-8-9V6zM8.500 12l2.500 2.500 4.500-5',
  alert: 'M12 3l10 18H2zM12 10v5M12 18v.5',
  storage: 'M4 6c0-3 16-3 16 0s-16 3-16 0zM4 6v12c0 3 16 3 16 0V6M4 12c0 3 16 3 16 0',
  evidence: 'M5 3h14v18H5zM8 8h8M8 12h8M8 16h5',
  audit: 'M4 5h16M4 10h16M4 15h10M4 20h10',
  settings:
    'M12 9a3 3 0 100 6 3 3 0 000-6zM12 2v4M12 18v4M2 12h4M18 12h4M5 5l3 3M16 16l3 3M5 19l3-3M16 8l3-3',
  person: 'M12 4a4 4 0 100 8 4 4 0 000-8zM4 21c0-5 16-5 16 0',
  well: 'M4 12.500l5 5L20 6.500',
  warning: 'M12 4v10M12 18v1',
  critical: 'M6 6l12 12M18 6L6 18',
  missed: 'M12 5v7l4 3M12 3a9 9 0 100 18 9 9 0 000-18z',
  paused: 'M8 5v14M16 5v14',
  running: 'M12 3a9 9 0 109 9',
  info: 'M12 11v6M12 7v.5M12 3a9 9 0 100 18 9 9 0 000-18z',
  unknown: 'M9 9c0-4 6-4 6 0 0 3-3 2.500-3 5M12 18v.5',
  pin: 'M9 3h6l-1 7 4 4H6l4-4zM12 14v7',
  copy: 'M8 8h12v12H8zM4 16V4h12',
  next: 'M9 5l7 7-7 7',
  back: 'M15 5l-7 7 7 7',
  down: 'M5 9l7 7 7-7',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  new: 'M12 5v14M5 12h14',
  print: 'M7 9V3h10v6M7 18H4V9h16v9h-3M7 14h10v7H7z',
  download: 'M12 3v12M7 11l5 5 5-5M4 20h16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
} as const;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      width="18"
      height="18"
      aria-hidden="true"
      focusable="false"
      data-icon={name}
    >
      <path d={paths[name]} />
    </svg>
  );
}
