# Outlives the process that started it, for a moment, to clean up after it.
#
# $1 is the directory for temporary files, $2 the path of psql or nothing.
# Standard input is a pipe whose other end only that process holds: however it
# ends, reading comes to an end here. Signals that a terminal or a test runner
# sends to everything it started must not end this script early, nor must the
# end of that process while the first line is printed to it.
trap '' HUP INT TERM PIPE

# A test may have been given a PATH without the usual tools.
PATH="${PATH:+$PATH:}/usr/bin:/bin"

# The process that removes the directory is the one that makes it, so that
# there is no moment at which it exists and nobody would remove it.
root=$(mktemp -d "$1/tenancy-XXXXXXXX") || exit 1
printf '%s\n' "$root"
exec >/dev/null

initdb=
server=
sweep=
while read -r word value; do
    case $word in
        initdb) initdb=$value ;;
        server) server=$value ;;
        ended) initdb= server= ;;
        sweep) sweep=$value ;;
    esac
done

# Waits ten seconds at most for process $1 to be gone, or for file $2: where
# nothing collects orphans, an ended process stays visible for ever.
await_end() {
    tries=0
    while kill -0 "$1" 2>/dev/null && [ -e "$2" ] && [ "$tries" -lt 200 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
}

if [ -n "$initdb" ]; then
    # It is done in a second; killed half-way it would leave shared memory behind.
    await_end "$initdb" "$root"
    kill -KILL "-$initdb" 2>/dev/null
fi

if [ -n "$server" ]; then
    # The server's immediate shutdown. It removes its lock file last.
    kill -QUIT "$server" 2>/dev/null
    await_end "$server" "$root/data/postmaster.pid"
    kill -KILL "-$server" 2>/dev/null
fi

if [ -n "$sweep" ]; then
    # The connection settings, with the password, are in a file that only we can read.
    PGSERVICEFILE="$root/service.conf" PGSERVICE=tenancy \
        "$2" -X -q -v prefix="${sweep}_" >/dev/null 2>&1 <<'SQL'
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname)
    FROM pg_database WHERE starts_with(datname::text, :'prefix') \gexec
SELECT 'DROP OWNED BY ' || string_agg(quote_ident(rolname), ', ')
    FROM pg_roles WHERE starts_with(rolname::text, :'prefix') HAVING count(*) > 0 \gexec
SELECT 'DROP ROLE IF EXISTS ' || string_agg(quote_ident(rolname), ', ')
    FROM pg_roles WHERE starts_with(rolname::text, :'prefix') HAVING count(*) > 0 \gexec
SQL
fi

tries=0
until rm -rf "$root" 2>/dev/null || [ "$tries" -ge 100 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
