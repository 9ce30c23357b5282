# Starts a PostgreSQL server in an empty folder, says "ready", and stops it and
# removes the folder as soon as standard input ends, that is when the process
# that holds its other end closes it, exits, panics or is killed.
#
# $1 folder with initdb and pg_ctl   $2 the server's own folder (owned by us)
# $3 superuser                       $4 settings for the server's command line
trap '' INT TERM HUP

remove() {
	cd / && rm -rf "$2"
}

# Text sorts as on a real server (a language's order, not the bytes' order), so
# that a query which counts on byte order is found out here.
create() {
	"$1/initdb" -D "$2/data" -U "$3" -A trust -N -E UTF8 --locale=C.UTF-8 \
		--locale-provider=icu --icu-locale=en-US >"$2/initdb.log" 2>&1 ||
		"$1/initdb" -D "$2/data" -U "$3" -A trust -N -E UTF8 --locale=C >>"$2/initdb.log" 2>&1
}

if ! create "$@"; then
	cat "$2/initdb.log"
	remove "$@"
	exit 0
fi
if ! "$1/pg_ctl" -D "$2/data" -l "$2/server.log" -s -w -t 60 -o "$4" start 2>"$2/ctl.log"; then
	cat "$2/ctl.log" "$2/server.log"
	"$1/pg_ctl" -D "$2/data" -s -m immediate stop >/dev/null 2>&1
	remove "$@"
	exit 0
fi
echo ready
exec >/dev/null 2>&1

while read -r _; do :; done
"$1/pg_ctl" -D "$2/data" -s -m immediate -t 60 stop
remove "$@"
exit 0
