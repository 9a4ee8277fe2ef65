%% Processes and messages. README.md names the idiom.
-module(switchback_peer).
-export([start/0]).

-define(MASK, 16#FFFFFFFFFFFFFFFF).
-define(GOLDEN, 16#9E3779B97F4A7C15).

rol(N, By) -> ((N bsl By) bor (N bsr (64 - By))) band ?MASK.

mix(State, Value) -> ((rol(State, 23) bxor Value) * ?GOLDEN) band ?MASK.

%% The hash of results that all programs share.
push(State, Word) ->
    Mixed = ((State bxor Word) * ?GOLDEN) band ?MASK,
    (rol(Mixed bxor (Mixed bsr 32), 23) + ?GOLDEN) band ?MASK.

push_bytes(State, Data) -> push(push_words(State, Data), byte_size(Data)).

push_words(State, <<Word:64/little, Rest/binary>>) -> push_words(push(State, Word), Rest);
push_words(State, Rest) -> push(State, binary:decode_unsigned(<<Rest/binary, 0>>, little)).

finish(State) ->
    Mixed = ((State bxor (State bsr 29)) * ?GOLDEN) band ?MASK,
    Mixed bxor (Mixed bsr 32).

take() ->
    receive
        {value, Value} -> Value
    end.

give(To, Value) -> To ! {value, Value}.

work("pingpong", Pairs, _) ->
    Main = self(),
    Returner = spawn(fun() -> returner(Pairs div 2) end),
    spawn(fun() -> give(Main, server(Returner, Pairs div 2, 0)) end),
    take();
work("stream", Count, _) ->
    Main = self(),
    Consumer = spawn(fun() -> give(Main, consumer(Count, 0)) end),
    spawn(fun() -> producer(Consumer, 0, Count) end),
    take();
work("schedule", Many, _) ->
    Main = self(),
    Turns = max(50000 div Many, 200),
    [spawn(fun() -> polite(Turns), give(Main, mix(Number, Turns)) end) || Number <- lists:seq(0, Many - 1)],
    lists:foldl(fun(_, Sum) -> (Sum + take()) band ?MASK end, 0, lists:seq(1, Many));
work("ring", Many, _) ->
    Main = self(),
    Neighbour = fun(Number, Right) -> spawn(fun() -> neighbour(Number, Right, 20) end) end,
    First = lists:foldl(Neighbour, Main, lists:seq(Many, 1, -1)),
    lists:foldl(fun(_, Token) -> give(First, mix(Token, 0)), take() end, 0, lists:seq(1, 20));
work("spawn", Generations, _) ->
    Main = self(),
    spawn(fun() -> generation(1, Generations, 0, Main) end),
    take();
work("factorial", N, _) ->
    Rounds = if N < 1000 -> 1000 div N; true -> 1 end,
    lists:foldl(fun(_, State) ->
        Main = self(),
        spawn(fun() -> factorial(N, Main) end),
        Digits = binary:encode_unsigned(take(), little),
        mix(State, finish(push_bytes(?GOLDEN, Digits)))
    end, 0, lists:seq(1, Rounds));
work("chain", Depth, _) ->
    Main = self(),
    spawn(fun() -> link_in(Depth, Main) end),
    take();
work("sax", _, Document) ->
    Main = self(),
    spawn(fun() -> parse(Document, 0, binary:compile_pattern(<<"<">>), Main) end),
    tally(0, 0);
work("skynet", Leaves, _) ->
    Main = self(),
    spawn(fun() -> node_of(0, Leaves, Main) end),
    take().

server(_, 0, Ball) -> Ball;
server(Returner, Left, Ball) ->
    Returner ! {self(), rol(Ball, 5) bxor ?GOLDEN},
    server(Returner, Left - 1, take()).

returner(0) -> ok;
returner(Left) ->
    receive
        {From, Ball} -> give(From, (rol(Ball, 9) + 7) band ?MASK)
    end,
    returner(Left - 1).

producer(_, Count, Count) -> ok;
producer(To, Number, Count) ->
    give(To, Number),
    producer(To, Number + 1, Count).

consumer(0, State) -> State;
consumer(Left, State) -> consumer(Left - 1, mix(State, take())).

polite(0) -> ok;
polite(Left) ->
    erlang:yield(),
    polite(Left - 1).

neighbour(_, _, 0) -> ok;
neighbour(Number, Right, Left) ->
    give(Right, mix(take(), Number)),
    neighbour(Number, Right, Left - 1).

generation(Last, Last, State, Main) -> give(Main, mix(State, Last));
generation(Number, Last, State, Main) ->
    Next = mix(State, Number),
    spawn(fun() -> generation(Number + 1, Last, Next, Main) end).

factorial(N, Reply) when N =< 1 -> give(Reply, 1);
factorial(N, Reply) ->
    Self = self(),
    spawn(fun() -> factorial(N - 1, Self) end),
    give(Reply, take() * N).

link_in(0, Reply) -> give(Reply, 0);
link_in(Level, Reply) ->
    Self = self(),
    spawn(fun() -> link_in(Level - 1, Self) end),
    give(Reply, mix(take(), Level)).

parse(Document, At, Pattern, To) ->
    case binary:match(Document, Pattern, [{scope, {At, byte_size(Document) - At}}]) of
        nomatch -> give(To, finished);
        {Found, 1} ->
            case name(Document, Found + 1, Found + 1) of
                <<>> -> ok;
                Name -> give(To, Name)
            end,
            parse(Document, Found + 1, Pattern, To)
    end.

name(Document, From, At) ->
    case binary:at(Document, At) of
        C when C >= $a, C =< $z; C >= $A, C =< $Z; At > From, C >= $0, C =< $9 -> name(Document, From, At + 1);
        _ -> binary:part(Document, From, At - From)
    end.

tally(Elements, State) ->
    case take() of
        finished -> mix(State, Elements);
        Name -> tally(Elements + 1, finish(push_bytes(push(?GOLDEN, State), Name)))
    end.

node_of(First, Leaves, Reply) when Leaves < 10 -> give(Reply, First);
node_of(First, Leaves, Reply) ->
    Self = self(),
    Below = Leaves div 10,
    [spawn(fun() -> node_of(First + Branch * Below, Below, Self) end) || Branch <- lists:seq(0, 9)],
    give(Reply, lists:sum([take() || _ <- lists:seq(1, 10)])).

repeat(0, _, Digest) -> Digest;
repeat(Left, Work, none) -> repeat(Left - 1, Work, Work());
repeat(Left, Work, Digest) ->
    case Work() of
        Digest -> repeat(Left - 1, Work, Digest);
        _ -> differ
    end.

%% In a process of its own: a mailbox with nothing left in it, and a heap that goes with it.
sample(Scenario, Size, Iterations, Input) ->
    Document = case Input of
        none -> <<>>;
        Path -> {ok, Text} = file:read_file(Path), Text
    end,
    Self = self(),
    spawn_link(fun() ->
        {Before, _} = erlang:statistics(runtime),
        Begun = erlang:monotonic_time(nanosecond),
        Digest = repeat(Iterations, fun() -> work(Scenario, Size, Document) end, none),
        Wall = erlang:monotonic_time(nanosecond) - Begun,
        {After, _} = erlang:statistics(runtime),
        Self ! {sampled, Digest, Wall, (After - Before) * 1000000}
    end),
    receive
        {sampled, differ, _, _} -> "\"say\":\"error\",\"why\":\"iterations differ\"";
        {sampled, none, Wall, Cpu} -> sampled(0, Wall, Cpu);
        {sampled, Digest, Wall, Cpu} -> sampled(Digest, Wall, Cpu)
    end.

sampled(Digest, Wall, Cpu) ->
    io_lib:format("\"say\":\"sampled\",\"digest\":\"~16.16.0b\",\"wall\":~b,\"cpu\":~b", [Digest, Wall, Cpu]).

answer(<<"hello">>, _, Held) ->
    Version = erlang:system_info(otp_release),
    {["\"say\":\"hello\",\"protocol\":1,\"name\":\"erlang\",\"version\":\"", erlang:system_info(version),
      "\",\"language\":\"Erlang\",\"language_version\":\"OTP ", Version, "\",\"can\":[\"run\",\"hold\"]"], Held};
answer(<<"run">>, #{<<"program">> := Program, <<"events">> := Most}, Held) ->
    {switchback_program:answer(Program, Most), Held};
answer(<<"sample">>, #{<<"scenario">> := Scenario, <<"size">> := Size, <<"iterations">> := Iterations} = Question, Held) ->
    Known = ["pingpong", "stream", "schedule", "ring", "spawn", "factorial", "chain", "sax", "skynet"],
    Name = binary_to_list(Scenario),
    case lists:member(Name, Known) of
        true -> {sample(Name, Size, Iterations, maps:get(<<"input">>, Question, none)), Held};
        false -> {"\"say\":\"unsupported\",\"why\":\"no scenario of that name\"", Held}
    end;
answer(<<"hold">>, #{<<"count">> := Count}, Held) ->
    Self = self(),
    More = [spawn(fun() -> give(Self, mix(0, take())) end) || _ <- lists:seq(length(Held) + 1, Count)],
    All = More ++ Held,
    {io_lib:format("\"say\":\"held\",\"count\":~b", [length(All)]), All};
answer(<<"release">>, _, Held) ->
    lists:foldl(fun(Process, Value) -> give(Process, Value), Value + 1 end, 0, Held),
    Sum = lists:sum([take() || _ <- Held]) band ?MASK,
    {io_lib:format("\"say\":\"released\",\"digest\":\"~16.16.0b\"", [Sum]), []};
answer(<<"end">>, _, Held) -> {"\"say\":\"end\"", Held};
answer(_, _, Held) -> {"\"say\":\"unsupported\",\"why\":\"no answer to that\"", Held}.

start() ->
    % Standard output is for answers: reports of processes that fail go to standard error.
    ok = logger:remove_handler(default),
    ok = logger:add_handler(default, logger_std_h, #{config => #{type => standard_error}}),
    Input = open_port({fd, 0, 1}, [binary, {line, 4194304}, eof]),
    loop(Input, []).

loop(Input, Held) ->
    receive
        {Input, {data, {eol, Line}}} ->
            #{<<"id">> := Id, <<"ask">> := Ask} = Question = switchback_json:decode(Line),
            {Answer, More} = answer(Ask, Question, Held),
            port_command(Input, ["{\"id\":", integer_to_binary(Id), ",", Answer, "}\n"]),
            case Ask of
                <<"end">> -> halt(0);
                _ -> loop(Input, More)
            end;
        {Input, eof} -> halt(0)
    end.
