/** The API describes a restore without opening the backup, and says `<name>` for what the database is called: here it is known. Pure. */
export function named(words: string, database: string | undefined): string {
  return database === undefined ? words : words.replaceAll('<name>', () => database);
}
