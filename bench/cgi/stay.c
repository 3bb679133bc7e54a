/* The least that a program under mod_fcgid can do: two bytes for each request, as floor.c; with STORE, what store.c does. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STDIN = 5, STDOUT = 6, END_REQUEST = 3 };

static unsigned char content[65536 + 256];

static size_t put(unsigned char *out, int type, const char *text, size_t length)
{
    const unsigned char head[8] = { 1, type, 0, 1, length >> 8, length & 255, 0, 0 };
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, text, length);
    return sizeof head + length;
}

static void answer(int line)
{
    static const char text[] = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
    static const char done[8];
    unsigned char out[128];
    size_t length = put(out, STDOUT, text, strlen(text));
    length += put(out + length, STDOUT, "", 0);
    length += put(out + length, END_REQUEST, done, sizeof done);
    if (write(line, out, length) < 0)
        return;
}

/* Takes records until the body has ended. */
static void serve(int line, FILE *in, int file)
{
    unsigned char head[8];
    while (fread(head, 1, sizeof head, in) == sizeof head) {
        const size_t length = head[4] << 8 | head[5], whole = length + head[6];
        if (fread(content, 1, whole, in) != whole)
            return;
        if (head[1] == STDIN && length == 0) {
            answer(line);
            return;
        }
        if (head[1] == STDIN && file >= 0 && write(file, content, length) < 0)
            return;
    }
}

int main(void)
{
    int line;
    while ((line = accept(STDIN_FILENO, NULL, NULL)) >= 0) {
        FILE *in = fdopen(line, "r");
        int file = -1;
#ifdef STORE
        file = open("../threads/store.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
#endif
        setvbuf(in, NULL, _IOFBF, 65536);
        serve(line, in, file);
        if (file >= 0)
            close(file);
        fclose(in);
    }
    return 0;
}
