/* The least that an upload can do: `cat > file`, through a buffer of 64 kB; with SYNC, synced to the disk. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char buffer[65536];
    static const char answer[] = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
    int file = open("../threads/store.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t got;

    if (file < 0)
        return 1;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        if (write(file, buffer, got) != got)
            return 1;
#ifdef SYNC
    if (fsync(file) < 0)
        return 1;
#endif
    return write(STDOUT_FILENO, answer, strlen(answer)) < 0;
}
