import type { Refusal } from '../api';
import { english, type TextName } from './english';
import { t } from './t';
import { spanText } from './times';

/** A refusal in a sentence. */
export function sentence({ code, message, reason, waitS }: Refusal): string {
  const name = `refused.${code}`;
  if (!Object.hasOwn(english, name)) return t('refused.other', { code, message });
  return t(name as TextName, { wait: spanText(waitS * 1000), reason });
}
