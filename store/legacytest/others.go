package legacytest

// Directus9 is Directus of early versions 9: every person has an address, and
// nobody comes through a provider. The role says who is an administrator.
const Directus9 = `
CREATE TABLE directus_roles (
	id {uuid} NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, icon VARCHAR(64) NOT NULL DEFAULT 'supervised_user_circle', description TEXT,
	ip_access TEXT, enforce_tfa {flag} NOT NULL DEFAULT false, module_list TEXT, collection_list TEXT,
	admin_access {flag} NOT NULL DEFAULT false, app_access {flag} NOT NULL DEFAULT true);
CREATE TABLE directus_users (
	id {uuid} NOT NULL PRIMARY KEY, first_name VARCHAR(50), last_name VARCHAR(50), email VARCHAR(128) NOT NULL UNIQUE, password VARCHAR(255),
	location VARCHAR(255), title VARCHAR(50), description TEXT, tags TEXT, avatar {uuid}, language VARCHAR(8), theme VARCHAR(20) DEFAULT 'auto',
	tfa_secret VARCHAR(255), status VARCHAR(16) NOT NULL DEFAULT 'active', role {uuid} REFERENCES directus_roles (id),
	token VARCHAR(255), last_access {moment}, last_page VARCHAR(255))`

// Directus10 is Directus from version 9 with providers up to 10: people without
// an address, and the provider that knows them by an identifier.
const Directus10 = `
CREATE TABLE directus_roles (
	id {uuid} NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, icon VARCHAR(30) NOT NULL DEFAULT 'supervised_user_circle', description TEXT,
	ip_access TEXT, enforce_tfa {flag} NOT NULL DEFAULT false, admin_access {flag} NOT NULL DEFAULT false, app_access {flag} NOT NULL DEFAULT true);
CREATE TABLE directus_users (
	id {uuid} NOT NULL PRIMARY KEY, first_name VARCHAR(50), last_name VARCHAR(50), email VARCHAR(128) UNIQUE, password VARCHAR(255),
	location VARCHAR(255), title VARCHAR(50), description TEXT, tags TEXT, avatar {uuid}, language VARCHAR(255),
	tfa_secret VARCHAR(255), status VARCHAR(16) NOT NULL DEFAULT 'active', role {uuid} REFERENCES directus_roles (id),
	token VARCHAR(255) UNIQUE, last_access {moment}, last_page VARCHAR(255),
	provider VARCHAR(128) NOT NULL DEFAULT 'default', external_identifier VARCHAR(255) UNIQUE, auth_data TEXT,
	email_notifications {flag} DEFAULT true)`

// Directus11 is Directus 11: roles are below others, and policies say what
// roles and people may do.
const Directus11 = `
CREATE TABLE directus_roles (
	id {uuid} NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, icon VARCHAR(64) NOT NULL DEFAULT 'supervised_user_circle', description TEXT,
	parent {uuid} REFERENCES directus_roles (id));
CREATE TABLE directus_users (
	id {uuid} NOT NULL PRIMARY KEY, first_name VARCHAR(50), last_name VARCHAR(50), email VARCHAR(128) UNIQUE, password VARCHAR(255),
	location VARCHAR(255), title VARCHAR(50), description TEXT, tags TEXT, avatar {uuid}, language VARCHAR(255),
	tfa_secret VARCHAR(255), status VARCHAR(16) NOT NULL DEFAULT 'active', role {uuid} REFERENCES directus_roles (id),
	token VARCHAR(255) UNIQUE, last_access {moment}, last_page VARCHAR(255),
	provider VARCHAR(128) NOT NULL DEFAULT 'default', external_identifier VARCHAR(255) UNIQUE, auth_data TEXT,
	email_notifications {flag} DEFAULT true, appearance VARCHAR(255), text_direction VARCHAR(255) NOT NULL DEFAULT 'auto');
CREATE TABLE directus_policies (
	id {uuid} NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, icon VARCHAR(64) NOT NULL DEFAULT 'badge', description TEXT, ip_access TEXT,
	enforce_tfa {flag} NOT NULL DEFAULT false, admin_access {flag} NOT NULL DEFAULT false, app_access {flag} NOT NULL DEFAULT false);
CREATE TABLE directus_access (
	id {uuid} NOT NULL PRIMARY KEY, role {uuid} REFERENCES directus_roles (id), "user" {uuid} REFERENCES directus_users (id),
	policy {uuid} NOT NULL REFERENCES directus_policies (id), sort INTEGER)`

// Authserver is the one table of an auth_server.
const Authserver = `
CREATE TABLE "user" (
	id {serial}, email VARCHAR UNIQUE, hashed_password VARCHAR NOT NULL, refresh_token VARCHAR, is_admin {flag} NOT NULL DEFAULT false)`
