/** A link to another address of the console, typed by its routes: `<Link to="/runs/$backupId" params={{ backupId }}>`. */
export { Link } from '@tanstack/react-router';
