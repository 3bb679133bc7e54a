/* The least that a CGI program can do: two bytes. What Apache needs for it is the floor under every other program. */
#include <string.h>
#include <unistd.h>

int main(void)
{
    static const char answer[] = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
    return write(STDOUT_FILENO, answer, strlen(answer)) < 0;
}
