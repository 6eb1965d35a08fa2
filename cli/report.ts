/** Opens a verification report from the vault, with the caller's right to the private keys. */
import type { CliContext } from './context.ts';
