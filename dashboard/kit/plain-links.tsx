/**
 * Hundreds of links at once: plain anchors, whose presses one place above them takes to the router. Each `<Link>` looks
 * at every change of the address by itself, which a table of two hundred rows feels.
 */
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

export function PlainLinks({
  children,
  className,
  busy,
}: {
  readonly children: ReactNode;
  readonly className?: string | undefined;
  readonly busy?: boolean;
}) {
  const router = useRouter();
  const follow = (event: MouseEvent) => {
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = (event.target as Element).closest('a');
    if (!isPlain || event.defaultPrevented || !link || link.target !== '' || link.origin !== location.origin)
      return;
    event.preventDefault();
    router.history.push(`${link.pathname}${link.search}${link.hash}`);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is pressed, by the keyboard too.
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click.
    <div className={className} aria-busy={busy} onClick={follow}>
      {children}
    </div>
  );
}
