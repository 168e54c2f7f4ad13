package legacytest

// Papermerge33 is Papermerge 3.2 to 3.4: people are in groups, and groups and
// people have permissions. Ids of groups are numbers, and there is nothing that
// deletes softly.
const Papermerge33 = `
CREATE TABLE groups (id {serial}, name VARCHAR NOT NULL);
CREATE TABLE permissions (id {serial}, name VARCHAR NOT NULL, codename VARCHAR NOT NULL);
CREATE TABLE users (
	id {hex} NOT NULL PRIMARY KEY, username VARCHAR NOT NULL, email VARCHAR NOT NULL, password VARCHAR NOT NULL,
	first_name VARCHAR NOT NULL, last_name VARCHAR NOT NULL,
	is_superuser {flag} NOT NULL, is_staff {flag} NOT NULL, is_active {flag} NOT NULL,
	home_folder_id {hex}, inbox_folder_id {hex},
	created_at {local} NOT NULL, date_joined {local} NOT NULL, updated_at {local} NOT NULL);
CREATE TABLE groups_permissions (group_id INTEGER REFERENCES groups (id), permission_id INTEGER REFERENCES permissions (id));
CREATE TABLE users_groups (user_id {hex} REFERENCES users (id), group_id INTEGER REFERENCES groups (id));
CREATE TABLE users_permissions (user_id {hex} REFERENCES users (id), permission_id INTEGER REFERENCES permissions (id))`

// Papermerge35 is Papermerge 3.5: permissions come by roles, and names may be
// left out.
const Papermerge35 = `
CREATE TABLE groups (id {hex} NOT NULL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, delete_me {flag}, delete_scheduled_at {local});
CREATE TABLE permissions (id {hex} NOT NULL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, codename VARCHAR NOT NULL UNIQUE);
CREATE TABLE roles (id {hex} NOT NULL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE);
CREATE TABLE users (
	id {hex} NOT NULL PRIMARY KEY, username VARCHAR NOT NULL UNIQUE, email VARCHAR(320) NOT NULL UNIQUE, password VARCHAR(256) NOT NULL,
	first_name VARCHAR(100), last_name VARCHAR(100),
	is_superuser {flag} NOT NULL, is_staff {flag} NOT NULL, is_active {flag} NOT NULL,
	home_folder_id {hex}, inbox_folder_id {hex},
	created_at {local} NOT NULL, date_joined {local} NOT NULL, updated_at {local} NOT NULL);
CREATE TABLE roles_permissions (role_id {hex} REFERENCES roles (id), permission_id {hex} REFERENCES permissions (id));
CREATE TABLE users_groups (user_id {hex} REFERENCES users (id), group_id {hex} REFERENCES groups (id));
CREATE TABLE users_roles (role_id {hex} REFERENCES roles (id), user_id {hex} REFERENCES users (id))`

// Papermerge36 is Papermerge 3.6: people, groups, roles and who is in them can
// be marked as deleted, and each has who did what and when. It has PostgreSQL
// only.
const Papermerge36 = `
CREATE TABLE users (
	id {hex} NOT NULL PRIMARY KEY, username VARCHAR(150) NOT NULL UNIQUE, email VARCHAR(320) NOT NULL UNIQUE, password VARCHAR(256) NOT NULL,
	first_name VARCHAR(100), last_name VARCHAR(100),
	is_superuser {flag} NOT NULL, is_staff {flag} NOT NULL, is_active {flag} NOT NULL, date_joined {local} NOT NULL,
	created_at {moment} NOT NULL, updated_at {moment} NOT NULL, deleted_at {moment}, archived_at {moment},
	created_by {hex}, updated_by {hex}, deleted_by {hex}, archived_by {hex});
CREATE TABLE groups (
	id {hex} NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, delete_me {flag},
	created_at {moment}, updated_at {moment}, deleted_at {moment}, archived_at {moment},
	created_by {hex}, updated_by {hex}, deleted_by {hex}, archived_by {hex});
CREATE UNIQUE INDEX idx_groups_name_active_unique ON groups (name) WHERE deleted_at IS NULL;
CREATE TABLE roles (
	id {hex} NOT NULL PRIMARY KEY, name VARCHAR NOT NULL,
	created_at {moment}, updated_at {moment}, deleted_at {moment}, archived_at {moment},
	created_by {hex}, updated_by {hex}, deleted_by {hex}, archived_by {hex});
CREATE TABLE users_groups (
	id {hex} NOT NULL PRIMARY KEY, user_id {hex} NOT NULL REFERENCES users (id), group_id {hex} NOT NULL REFERENCES groups (id),
	created_at {moment}, updated_at {moment}, deleted_at {moment}, archived_at {moment},
	created_by {hex}, updated_by {hex}, deleted_by {hex}, archived_by {hex});
CREATE TABLE users_roles (
	id {hex} NOT NULL PRIMARY KEY, role_id {hex} NOT NULL REFERENCES roles (id), user_id {hex} NOT NULL REFERENCES users (id),
	created_at {moment}, updated_at {moment}, deleted_at {moment}, archived_at {moment},
	created_by {hex}, updated_by {hex}, deleted_by {hex}, archived_by {hex})`

// Papermerge30 is Papermerge 3.0 and 3.1, which were made with Django: its own
// people, and Django's groups.
const Papermerge30 = `
CREATE TABLE auth_group (id {serial}, name VARCHAR(150) NOT NULL UNIQUE);
CREATE TABLE core_role (id {hex} NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL, created_at {moment} NOT NULL, updated_at {moment} NOT NULL);
CREATE TABLE core_user (
	id {hex} NOT NULL PRIMARY KEY, password VARCHAR(128) NOT NULL, last_login {moment}, is_superuser {flag} NOT NULL,
	username VARCHAR(150) NOT NULL UNIQUE, first_name VARCHAR(150) NOT NULL, last_name VARCHAR(150) NOT NULL, email VARCHAR(254) NOT NULL,
	is_staff {flag} NOT NULL, is_active {flag} NOT NULL, date_joined {moment} NOT NULL,
	created_at {moment} NOT NULL, updated_at {moment} NOT NULL, role_id {hex} REFERENCES core_role (id));
CREATE TABLE core_user_groups (id {serial}, user_id {hex} NOT NULL REFERENCES core_user (id), group_id INTEGER NOT NULL REFERENCES auth_group (id));
CREATE TABLE core_user_user_permissions (id {serial}, user_id {hex} NOT NULL REFERENCES core_user (id), permission_id INTEGER NOT NULL)`
