export { handler } from '../../../functions/key-init.ts';
