export { handler } from '../../../functions/vault-check.ts';
