/**
 * Links that give whoever has them one object of the vault for a while, without any rights of their own. The object is
 * sealed: what a link gives is worth nothing without a private key.
 */
export interface ObjectLinks {
  /**
   * Of exactly that version; without one (a vault that keeps none) of what is there. `seconds`: 1 to 3,600. Nothing is
   * asked of the store: a link to what is not there, or is archived, fails when it is followed.
   */
  linkTo(
    key: string,
    options: { readonly versionId?: string | undefined; readonly seconds: number },
  ): Promise<string>;
}
