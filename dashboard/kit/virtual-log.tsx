/** Lines of a log, of which only those in sight are there: 10,000 are as quick as ten. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';

export interface LogLine {
  readonly key: string;
  readonly time: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

const lineHeight = 22;
/** Out of sight on each side, so that scrolling shows no gap. */
const overscan = 20;

export function VirtualLog({ label, lines }: { readonly label: string; readonly lines: readonly LogLine[] }) {
  const place = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: () => lineHeight,
    overscan,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to.
    <div ref={place} className="log" role="log" aria-label={label} aria-live="off" tabIndex={0}>
      <div className="log-lines" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          return (
            line && (
              <div
                key={line.key}
                ref={virtual.measureElement}
                data-index={index}
                className="log-line"
                data-level={line.level}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span className="log-time">{line.time}</span>
                <span className="log-level">{line.level}</span>
                <span className="log-text">{line.text}</span>
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}
