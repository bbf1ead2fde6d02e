// In place of what a Worker has not: files, processes. `wrangler.toml` puts it where packages ask for them only in cases that
// cannot occur here: a database password in a file, a certificate in a file, a limiter shared by processes of one machine.
export {}
