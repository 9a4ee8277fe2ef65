// Programs of the scenario language, on the threads and channels of the scenarios.
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;

/** A program that runs, and its events: all threads add them to one queue, which puts them in an order. */
final class Program {
    private static final Set<String> LANGUAGE = Set.of("spawn", "schedule", "send", "recv", "log");

    private final Map<String, Object> bodies;
    private final Map<String, Peer.Channel<Object>> channels = new ConcurrentHashMap<>();
    private final Queue<List<Object>> events = new ConcurrentLinkedQueue<>();
    /** Main, and each thread that has not ended. */
    private final Phaser alive = new Phaser(1);

    private Program(Map<String, Object> bodies) {
        this.bodies = bodies;
    }

    /** The answer to `run`: at most so many events. */
    static String run(Map<String, Object> program, long most) {
        String why = unsupported(program);
        if (why != null) return "\"say\":\"unsupported\",\"why\":" + Json.write(why);
        Program run = new Program(Json.object(program.get("bodies")));
        run.life("main", Json.list(program.get("main")));
        // Main comes last: a sender that it has received from may have a step to do.
        run.alive.arriveAndAwaitAdvance();
        run.tell("main", "end");
        return "\"say\":\"ran\",\"events\":" + Json.write(run.events.stream().limit(most).toList());
    }

    /** What of a program this peer cannot do, null if it can do all of it. */
    private static String unsupported(Map<String, Object> program) {
        if (!Json.list(program.get("callbacks")).isEmpty()) return "no callbacks: switches and operations of channels are not told";
        List<Object> lists = new ArrayList<>(Json.object(program.get("bodies")).values());
        lists.add(program.get("main"));
        for (Object ops : lists)
            for (Object op : Json.list(ops)) {
                Object name = Json.list(op).get(0);
                if (!LANGUAGE.contains(name)) return "no operation " + name;
            }
        return null;
    }

    private void tell(Object... event) {
        events.add(List.of(event));
    }

    private void life(String name, List<Object> ops) {
        for (int at = 0; at < ops.size(); at++) {
            List<Object> op = Json.list(ops.get(at));
            String label = Integer.toString(at);
            tell(name, label, op.get(0));
            tell(name, label, "=", perform(op));
        }
    }

    /** Does an op and gives its value. */
    private Object perform(List<Object> op) {
        switch ((String) op.get(0)) {
            case "spawn" -> spawn((String) op.get(1), Json.list(bodies.get(op.get(2))));
            case "schedule" -> Thread.yield();
            case "send" -> channel(op.get(1)).send(op.get(2));
            case "recv" -> {
                return channel(op.get(1)).receive();
            }
            default -> {
                return op.get(1);
            }
        }
        return Json.NULL;
    }

    private void spawn(String name, List<Object> ops) {
        alive.register();
        Peer.spawn(() -> {
            life(name, ops);
            tell(name, "end");
            alive.arriveAndDeregister();
        });
    }

    private Peer.Channel<Object> channel(Object name) {
        return channels.computeIfAbsent((String) name, absent -> new Peer.Channel<>());
    }
}
