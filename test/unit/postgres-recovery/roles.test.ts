import { expect, test } from 'vitest';
import { splitList } from '../../../adapters/postgres/database-facts.ts';
import { parseAclItem } from '../../../adapters/postgres/roles.ts';
import {
  grantByMembership,
  mapRoles,
  rolesOf,
  withoutMaintain,
} from '../../../adapters/postgres/roles-sql.ts';
import { entryOf } from './entries.ts';

const acl = (defn: string) => entryOf({ desc: 'ACL', defn, owner: 'ann' });

test('the roles of grants are found, and PUBLIC is none', () => {
  const sql = `REVOKE ALL ON TABLE public."TO x" FROM PUBLIC;\nGRANT SELECT(a),UPDATE ON TABLE public.t TO "B ""TO"" b" WITH GRANT OPTION;\nSET SESSION AUTHORIZATION carl;\nGRANT ALL ON TABLE t TO dora;\nRESET SESSION AUTHORIZATION;\n`;
  expect(rolesOf(acl(sql))).toEqual(['ann', 'B "TO" b', 'carl', 'dora']);
});

test('a map changes owner and grants, and nothing that only looks like a role', () => {
  const sql =
    'GRANT SELECT ON TABLE public.ann TO ann;\nALTER DEFAULT PRIVILEGES FOR ROLE ann IN SCHEMA ann GRANT SELECT ON TABLES TO bob;\n';
  const mapped = mapRoles(acl(sql), new Map([['ann', 'A "1"']]));
  expect(mapped.owner).toBe('A "1"');
  expect(mapped.defn).toBe(
    'GRANT SELECT ON TABLE public.ann TO "A ""1""";\nALTER DEFAULT PRIVILEGES FOR ROLE "A ""1""" IN SCHEMA ann GRANT SELECT ON TABLES TO bob;\n',
  );
});

test('a map changes the roles of a policy, not its condition', () => {
  const policy = entryOf({
    desc: 'POLICY',
    defn: `CREATE POLICY p ON s."TO" FOR SELECT TO ann, "Bob" USING ((who = 'ann'::text) AND TO_ann(ann));\n`,
  });
  expect(
    mapRoles(
      policy,
      new Map([
        ['ann', 'x'],
        ['Bob', 'y'],
      ]),
    ).defn,
  ).toBe(`CREATE POLICY p ON s."TO" FOR SELECT TO "x", "y" USING ((who = 'ann'::text) AND TO_ann(ann));\n`);
});

test('a grant by another role goes by SET ROLE', () => {
  const sql =
    'SET SESSION AUTHORIZATION carl;\nGRANT ALL ON TABLE t TO "SESSION AUTHORIZATION";\nRESET SESSION AUTHORIZATION;\n';
  expect(grantByMembership(acl(sql)).defn).toBe(
    'SET ROLE carl;\nGRANT ALL ON TABLE t TO "SESSION AUTHORIZATION";\nRESET ROLE;\n',
  );
});

test('MAINTAIN is taken out of a list, and alone takes its statement with it', () => {
  expect(withoutMaintain(acl('GRANT SELECT,MAINTAIN,UPDATE ON TABLE t TO a;\n'))?.defn).toBe(
    'GRANT SELECT,UPDATE ON TABLE t TO a;\n',
  );
  expect(withoutMaintain(acl('GRANT SELECT,MAINTAIN ON TABLE t TO a;\n'))?.defn).toBe(
    'GRANT SELECT ON TABLE t TO a;\n',
  );
  expect(withoutMaintain(acl('GRANT MAINTAIN ON TABLE t TO a;\n'))).toBeUndefined();
  const named = acl('GRANT SELECT ON TABLE "MAINTAIN" TO a;\n');
  expect(withoutMaintain(named)).toBe(named);
});

test('ACL items are read with quotes', () => {
  expect(parseAclItem('"a=b""c"=C*T/"x/y"')).toEqual({ grantee: 'a=b"c', privileges: 'C*T', grantor: 'x/y' });
  expect(parseAclItem('=Tc/postgres')).toEqual({ grantee: '', privileges: 'Tc', grantor: 'postgres' });
});

test('lists of names in settings are split where the comma is not quoted', () => {
  expect(splitList('"$user", public, "a, ""b"""')).toEqual(['$user', 'public', 'a, "b"']);
});
