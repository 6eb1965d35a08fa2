/** Why a recovery point stays or goes, in the person's language: the API says it in a few fixed words. */
import { useCallback } from 'react';
import { useFormat } from '../../format.ts';
import { useText } from '../../text/text.ts';
import type { Line } from './kept-days.ts';

export function useLineWords(): (line: Pick<Line, 'why'>) => string {
  const text = useText('plan').retention;
  const format = useFormat();
  return useCallback(
    ({ why }) => {
      const [, until] = /^held until (\d{4}-\d{2}-\d{2})$/.exec(why) ?? [];
      return until === undefined ? (text.reasons[why] ?? why) : text.held(format.day(until));
    },
    [text, format],
  );
}
