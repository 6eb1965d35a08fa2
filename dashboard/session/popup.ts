/** The window that signing in again ends in: hands the answer to the page that opened it, and closes. */
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

// Neither issuer nor client is asked here: the page that opened this one knows them.
const manager = new UserManager({
  authority: '',
  client_id: '',
  redirect_uri: '',
  stateStore: new WebStorageStateStore({ store: window.sessionStorage }),
});
await manager.signinPopupCallback();
