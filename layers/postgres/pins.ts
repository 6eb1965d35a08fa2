/**
 * What goes into the PostgreSQL tools: the one place to change it. A change here makes a new artefact.
 */
export const pins = {
  /** Debian's testing suite, the only one with PostgreSQL 18 for both architectures. */
  suite: 'forky',
  major: 18,
  /** Asked of apt; what they depend on comes along. */
  packages: [
    'postgresql-18',
    'postgresql-client-18',
    // Small, and common on managed servers: a drill must be able to restore it.
    'postgresql-18-pgvector',
    'bzip2',
    'libc-bin',
    'locales-all',
    'tzdata',
    // Names like US/Pacific, which databases still have in their settings.
    'tzdata-legacy',
  ],
  /**
   * Dependencies that nothing in the closure loads: they serve Debian's way of running a server. Left out
   * of the download only; the assembly fails if a library is missing, so that this list cannot break it.
   */
  excluded: [
    /^perl/,
    /^libperl/,
    /-perl$/,
    /^postgresql(-client)?-common$/,
    /^ssl-cert$/,
    /^openssl(-provider-legacy)?$/,
    /^systemd$/,
    /^libsystemd-shared$/,
    /^sysvinit-utils$/,
    /^(adduser|base-passwd|passwd|login\.defs|netbase|procps|readline-common|sensible-utils|ucf)$/,
    /^debconf$/,
    /^libdebconfclient0$/,
    /^libgdbm/,
    /^libdb5/,
    /^libsemanage/,
    /^libsepol/,
    /^libpam-modules/,
    /^libproc2/,
    /^libc-l10n$/,
    /^libc-gconv-modules-extra$/,
    /^locales$/,
    /^libsasl2-modules/,
  ],
  /** Programs beside PostgreSQL's own: package path → name. */
  extraPrograms: { 'usr/bin/bzip2': 'bzip2' },
  locales: ['C.utf8', 'en_US.utf8'],
  /** The newest release with security fixes that the project knows of; older builds warn. */
  newestSecurityRelease: '18.7',
} as const;
