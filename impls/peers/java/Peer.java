// Threads, virtual ones where there are any, and synchronous queues. README.md names the idiom.
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.helpers.DefaultHandler;

public final class Peer {
    static final long GOLDEN = 0x9E3779B97F4A7C15L;

    static long mix(long state, long value) {
        return (Long.rotateLeft(state, 23) ^ value) * GOLDEN;
    }

    /** The hash of results that all programs share. */
    static final class Digest {
        long state = GOLDEN;

        void number(long word) {
            long mixed = (state ^ word) * GOLDEN;
            state = Long.rotateLeft(mixed ^ mixed >>> 32, 23) + GOLDEN;
        }

        void bytes(byte[] data) {
            for (int at = 0; at <= data.length; at += 8) {
                long word = 0;
                for (int i = 0; i < 8 && at + i < data.length; i++) word |= (data[at + i] & 0xFFL) << 8 * i;
                number(word);
            }
            number(data.length);
        }

        long finish() {
            long mixed = (state ^ state >>> 29) * GOLDEN;
            return mixed ^ mixed >>> 32;
        }
    }

    /** Values meet: a sender goes on when its value is taken. */
    static final class Channel<T> {
        private final SynchronousQueue<T> queue = new SynchronousQueue<>(true);

        void send(T value) {
            try {
                queue.put(value);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        T receive() {
            try {
                return queue.take();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Starts a virtual thread; nothing before Java 21. */
    static final java.lang.reflect.Method VIRTUAL = virtual();

    static java.lang.reflect.Method virtual() {
        try {
            if (Runtime.version().feature() < 21) return null;
            return Thread.class.getMethod("startVirtualThread", Runnable.class);
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    static void spawn(Runnable body) {
        try {
            if (VIRTUAL != null) VIRTUAL.invoke(null, body);
            else new Thread(body).start();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    interface Work {
        long run(int size, String document);
    }

    static long pingpong(int pairs, String document) {
        Channel<Long> there = new Channel<>(), back = new Channel<>(), done = new Channel<>();
        spawn(() -> {
            long ball = 0;
            for (int i = 0; i < pairs / 2; i++) {
                there.send(Long.rotateLeft(ball, 5) ^ GOLDEN);
                ball = back.receive();
            }
            done.send(ball);
        });
        spawn(() -> {
            for (int i = 0; i < pairs / 2; i++) back.send(Long.rotateLeft(there.receive(), 9) + 7);
        });
        return done.receive();
    }

    static long stream(int count, String document) {
        Channel<Long> numbers = new Channel<>(), done = new Channel<>();
        spawn(() -> {
            for (long number = 0; number < count; number++) numbers.send(number);
        });
        spawn(() -> {
            long state = 0;
            for (int i = 0; i < count; i++) state = mix(state, numbers.receive());
            done.send(state);
        });
        return done.receive();
    }

    static long schedule(int many, String document) {
        Channel<Long> done = new Channel<>();
        int turns = Math.max(50_000 / many, 200);
        for (int number = 0; number < many; number++) {
            long own = number;
            spawn(() -> {
                for (int i = 0; i < turns; i++) Thread.yield();
                done.send(mix(own, turns));
            });
        }
        long sum = 0;
        for (int i = 0; i < many; i++) sum += done.receive();
        return sum;
    }

    static long ring(int many, String document) {
        final int laps = 20;
        Channel<Long> first = new Channel<>(), last = first;
        for (int number = 1; number <= many; number++) {
            long own = number;
            Channel<Long> left = last, right = new Channel<>();
            spawn(() -> {
                for (int i = 0; i < laps; i++) right.send(mix(left.receive(), own));
            });
            last = right;
        }
        long token = 0;
        for (int i = 0; i < laps; i++) {
            first.send(mix(token, 0));
            token = last.receive();
        }
        return token;
    }

    static void generation(long number, long last, long before, Channel<Long> done) {
        long state = mix(before, number);
        if (number == last) done.send(state);
        else spawn(() -> generation(number + 1, last, state, done));
    }

    static long spawn(int generations, String document) {
        Channel<Long> done = new Channel<>();
        spawn(() -> generation(1, generations, 0, done));
        return done.receive();
    }

    static void call(int n, Channel<BigInteger> reply) {
        if (n <= 1) {
            reply.send(BigInteger.ONE);
            return;
        }
        Channel<BigInteger> answer = new Channel<>();
        spawn(() -> call(n - 1, answer));
        reply.send(answer.receive().multiply(BigInteger.valueOf(n)));
    }

    static long factorial(int n, String document) {
        long state = 0;
        for (int i = 0; i < (n < 1000 ? 1000 / n : 1); i++) {
            Channel<BigInteger> answer = new Channel<>();
            spawn(() -> call(n, answer));
            byte[] sign = answer.receive().toByteArray();
            int zeros = sign[0] == 0 ? 1 : 0;
            byte[] bytes = new byte[sign.length - zeros];
            for (int at = 0; at < bytes.length; at++) bytes[at] = sign[sign.length - 1 - at];
            Digest digest = new Digest();
            digest.bytes(bytes);
            state = mix(state, digest.finish());
        }
        return state;
    }

    static void link(int level, Channel<Long> reply) {
        if (level == 0) {
            reply.send(0L);
            return;
        }
        Channel<Long> answer = new Channel<>();
        spawn(() -> link(level - 1, answer));
        reply.send(mix(answer.receive(), level));
    }

    static long chain(int depth, String document) {
        Channel<Long> answer = new Channel<>();
        spawn(() -> link(depth, answer));
        return answer.receive();
    }

    static void parse(String document, Consumer<String> names) {
        try {
            SAXParserFactory.newInstance().newSAXParser().parse(new InputSource(new StringReader(document)), new DefaultHandler() {
                @Override
                public void startElement(String uri, String local, String name, Attributes attributes) {
                    names.accept(name);
                }

                @Override
                public InputSource resolveEntity(String id, String system) {
                    return new InputSource(new ByteArrayInputStream(new byte[0]));
                }
            });
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static long sax(int size, String document) {
        Channel<String> events = new Channel<>();
        spawn(() -> {
            parse(document, events::send);
            events.send("");
        });
        long elements = 0, state = 0;
        for (String name = events.receive(); !name.isEmpty(); name = events.receive()) {
            Digest digest = new Digest();
            digest.number(state);
            digest.bytes(name.getBytes(StandardCharsets.UTF_8));
            elements++;
            state = digest.finish();
        }
        return mix(state, elements);
    }

    static void node(long first, long leaves, Channel<Long> reply) {
        if (leaves < 10) {
            reply.send(first);
            return;
        }
        Channel<Long> sums = new Channel<>();
        long below = leaves / 10, sum = 0;
        for (int branch = 0; branch < 10; branch++) {
            long begin = first + branch * below;
            spawn(() -> node(begin, below, sums));
        }
        for (int i = 0; i < 10; i++) sum += sums.receive();
        reply.send(sum);
    }

    static long skynet(int leaves, String document) {
        Channel<Long> reply = new Channel<>();
        spawn(() -> node(0, leaves, reply));
        return reply.receive();
    }

    static final Map<String, Work> WORK = Map.of(
            "pingpong", Peer::pingpong, "stream", Peer::stream, "schedule", Peer::schedule, "ring", Peer::ring,
            "spawn", Peer::spawn, "factorial", Peer::factorial, "chain", Peer::chain, "sax", Peer::sax, "skynet", Peer::skynet);

    static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    static String sample(Map<String, Object> question) throws Exception {
        Work work = WORK.get((String) question.get("scenario"));
        if (work == null) return "\"say\":\"unsupported\",\"why\":\"no scenario of that name\"";
        String input = (String) question.get("input");
        String document = input == null ? "" : Files.readString(Path.of(input));
        int size = (int) Json.number(question.get("size"));
        long iterations = Json.number(question.get("iterations")), first = 0;
        boolean alike = true;
        long used = cpu(), wall = System.nanoTime();
        for (long i = 0; i < iterations; i++) {
            long result = work.run(size, document);
            if (i == 0) first = result;
            alike &= result == first;
        }
        wall = System.nanoTime() - wall;
        used = cpu() - used;
        if (!alike) return "\"say\":\"error\",\"why\":\"iterations differ\"";
        return String.format("\"say\":\"sampled\",\"digest\":\"%016x\",\"wall\":%d,\"cpu\":%d", first, wall, used);
    }

    static Channel<Long> gate = new Channel<>();
    static final AtomicLong SUM = new AtomicLong();
    static final List<CountDownLatch> ENDS = new ArrayList<>();

    static void hold(int count) throws InterruptedException {
        while (ENDS.size() < count) {
            CountDownLatch waits = new CountDownLatch(1), ends = new CountDownLatch(1);
            spawn(() -> {
                waits.countDown();
                SUM.addAndGet(mix(0, gate.receive()));
                ends.countDown();
            });
            ENDS.add(ends);
            waits.await();
        }
    }

    static String release() throws InterruptedException {
        for (long number = 0; number < ENDS.size(); number++) gate.send(number);
        for (CountDownLatch end : ENDS) end.await();
        ENDS.clear();
        return String.format("%016x", SUM.getAndSet(0));
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // A thread that fails would be waited for.
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            System.exit(1);
        });
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, Object> question = Json.object(Json.read(line));
            String ask = (String) question.get("ask");
            String answer;
            switch (ask) {
                case "hello" -> answer = String.format(
                        "\"say\":\"hello\",\"protocol\":1,\"name\":\"java\",\"version\":\"%s, %s\",\"language\":\"Java\",\"language_version\":\"%s\",\"can\":[\"run\",\"hold\"]",
                        System.getProperty("java.vm.name"), VIRTUAL == null ? "threads" : "virtual threads", Runtime.version());
                case "run" -> answer = Program.run(Json.object(question.get("program")), Json.number(question.get("events")));
                case "sample" -> answer = sample(question);
                case "hold" -> {
                    hold((int) Json.number(question.get("count")));
                    answer = String.format("\"say\":\"held\",\"count\":%d", ENDS.size());
                }
                case "release" -> answer = String.format("\"say\":\"released\",\"digest\":\"%s\"", release());
                case "end" -> answer = "\"say\":\"end\"";
                default -> answer = "\"say\":\"unsupported\",\"why\":\"no answer to that\"";
            }
            answers.println("{\"id\":" + Json.number(question.get("id")) + "," + answer + "}");
            if (ask.equals("end")) System.exit(0);
        }
    }
}
