// JSON, as far as questions and answers go.
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Objects are maps, lists are lists, texts are strings, and what else there is are words. */
final class Json {
    /** A number, true, false or null, as it was written: none is changed on its way through a queue. */
    record Word(String text) {}

    static final Word NULL = new Word("null");

    private final String text;
    private int at = 0;

    private Json(String text) {
        this.text = text;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    static long number(Object value) {
        return Long.parseLong(((Word) value).text());
    }

    static Object read(String text) {
        Json reader = new Json(text);
        Object value = reader.value();
        if (reader.peek() != '\0') throw new IllegalArgumentException("JSON: expected the end at " + reader.at);
        return value;
    }

    /** The next character that is no space, 0 at the end. */
    private char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) at++;
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean skip(char c) {
        if (peek() != c) return false;
        at++;
        return true;
    }

    private void expect(char c) {
        if (!skip(c)) throw new IllegalArgumentException("JSON: expected " + c + " at " + at);
    }

    /** The items up to the end of a list or object. */
    private void items(char end, Runnable item) {
        at++;
        if (skip(end)) return;
        do item.run();
        while (skip(','));
        expect(end);
    }

    private Object value() {
        switch (peek()) {
            case '{' -> {
                Map<String, Object> members = new LinkedHashMap<>();
                items('}', () -> {
                    String key = quoted();
                    expect(':');
                    members.put(key, value());
                });
                return members;
            }
            case '[' -> {
                List<Object> list = new ArrayList<>();
                items(']', () -> list.add(value()));
                return list;
            }
            case '"' -> {
                return quoted();
            }
            default -> {
                int from = at;
                while (at < text.length() && " ,]}\t\r\n".indexOf(text.charAt(at)) < 0) at++;
                if (at == from) throw new IllegalArgumentException("JSON: expected a value at " + at);
                return new Word(text.substring(from, at));
            }
        }
    }

    private String quoted() {
        StringBuilder result = new StringBuilder();
        expect('"');
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c == '\\') c = escaped(text.charAt(at++));
            result.append(c);
        }
        at++;
        return result.toString();
    }

    private char escaped(char c) {
        switch (c) {
            case 'u' -> {
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> {
                int known = "bfnrt".indexOf(c);
                return known < 0 ? c : "\b\f\n\r\t".charAt(known);
            }
        }
    }

    static String write(Object value) {
        if (value instanceof Word word) return word.text();
        if (value instanceof List<?> list) return list.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
        if (value instanceof Map<?, ?> map)
            return map.entrySet().stream().map(member -> write(member.getKey()) + ":" + write(member.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        StringBuilder result = new StringBuilder("\"");
        for (char c : ((String) value).toCharArray()) {
            if (c < 0x20) result.append(String.format("\\u%04x", (int) c));
            else if (c == '"' || c == '\\') result.append('\\').append(c);
            else result.append(c);
        }
        return result.append('"').toString();
    }
}
