// Package local signs people in with a password that Signet keeps itself.
//
// Passwords are hashed with argon2id. Hashes that people bring along from
// another system are accepted and replaced at the first good sign-in. These
// are the forms, exactly; anything else opens nothing:
//
//	$argon2id$v=19$m=…,t=…,p=…$salt$sum   PHC string, unpadded base64 (RFC 9106)
//	$argon2i$v=19$…                       the same for its older kind
//	$2a$…  $2b$…  $2y$…                   bcrypt, cost 4 to 15
//	$pbkdf2-sha256$rounds$salt$sum        passlib, adapted base64
//	pbkdf2_sha256$rounds$salt$sum         Django, salt as text, padded base64
//	$scrypt$ln=…,r=…,p=…$salt$sum         passlib, unpadded base64
//	scrypt$N$salt$r$p$sum                 Django, salt as text, padded base64
//	scrypt:N:r:p$salt$sum                 Werkzeug, salt as text, hexadecimal
//	pbkdf2:sha256:rounds$salt$sum         Werkzeug, the same
//	$6$[rounds=…$]salt$sum                SHA-512-crypt
//	{bcrypt}$2…  bcrypt$$2…  argon2$argon2…  as Spring and Django write those
//
// A stored hash is bounded in what it may cost, because whoever can write one
// row should not be able to take the machine.
//
// A bounded number of hashes run at once and a bounded number of callers wait,
// first come, first served; the rest is told at once to come again. So a flood
// of sign-ins costs answers and never the process.
package local
