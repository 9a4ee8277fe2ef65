%% Programs of the scenario language: a tasklet is a process, and so is a channel.
%%
%%   tasklet --{send, Value}--> channel <--recv-- tasklet      both wait for its reply
%%   tasklet --{ended, its events with their stamps}--> main
-module(switchback_program).
-export([answer/2]).

%% The answer to `run`: at most so many events. The processes of a program are linked to its main, and
%% end with it, also if one of them fails.
answer(Program, Most) ->
    case unsupported(Program) of
        none ->
            Asker = self(),
            {Main, Monitor} = spawn_monitor(fun() -> Asker ! {ran, self(), run(Program)}, exit(over) end),
            receive
                {ran, Main, Events} ->
                    demonitor(Monitor, [flush]),
                    ["\"say\":\"ran\",\"events\":", switchback_json:encode(lists:sublist(Events, Most))];
                {'DOWN', Monitor, process, Main, Why} ->
                    said(error, io_lib:format("a process failed: ~0p", [Why]))
            end;
        Why -> said(unsupported, Why)
    end.

said(What, Why) -> io_lib:format("\"say\":\"~s\",\"why\":~s", [What, switchback_json:encode(iolist_to_binary(Why))]).

%% What of a program this peer cannot do.
unsupported(#{<<"callbacks">> := [_ | _]}) -> "no callbacks: switches and operations of channels are not told";
unsupported(Program) ->
    Language = [<<"spawn">>, <<"schedule">>, <<"send">>, <<"recv">>, <<"log">>],
    case [Op || [Op | _] <- all_ops(Program), not lists:member(Op, Language)] of
        [] -> none;
        [Op | _] -> ["no operation ", Op]
    end.

all_ops(#{<<"main">> := Main, <<"bodies">> := Bodies}) -> lists:append([Main | maps:values(Bodies)]).

run(#{<<"main">> := Ops, <<"bodies">> := Bodies} = Program) ->
    Names = lists:usort([Name || [Op, Name | _] <- all_ops(Program), Op =:= <<"send">> orelse Op =:= <<"recv">>]),
    Channels = maps:from_list([{Name, spawn_link(fun channel/0)} || Name <- Names]),
    Own = life(<<"main">>, Ops, {self(), Bodies, Channels}),
    % Main comes last: a sender that it has received from may have a step to do.
    Others = ended(spawns(Ops)),
    [Event || {_, Event} <- lists:sort(Own ++ Others)] ++ [[<<"main">>, <<"end">>]].

spawns(Ops) -> length([Op || [<<"spawn">> | _] = Op <- Ops]).

%% The events of so many tasklets and of those that they have begun.
ended(0) -> [];
ended(Left) ->
    receive
        {ended, Events, Begun} -> Events ++ ended(Left - 1 + Begun)
    end.

%% Does the ops of a tasklet and gives its events, each with a stamp from before or after the op. The
%% stamps of all processes are in the order in which they were drawn: the order of messages says
%% nothing about events of different processes.
life(Name, Ops, Program) ->
    Step = fun({At, [Op | Arguments]}) ->
        Label = integer_to_binary(At),
        Begin = stamp(),
        Value = perform(Op, Arguments, Program),
        [{Begin, [Name, Label, Op]}, {stamp(), [Name, Label, <<"=">>, Value]}]
    end,
    lists:flatmap(Step, lists:zip(lists:seq(0, length(Ops) - 1), Ops)).

stamp() -> erlang:unique_integer([monotonic]).

perform(<<"spawn">>, [Name, Body], {Main, Bodies, _} = Program) ->
    Ops = maps:get(Body, Bodies),
    spawn(fun() ->
        link(Main),
        Events = life(Name, Ops, Program) ++ [{stamp(), [Name, <<"end">>]}],
        Main ! {ended, Events, spawns(Ops)}
    end),
    null;
perform(<<"schedule">>, _, _) ->
    erlang:yield(),
    null;
perform(<<"send">>, [Channel, Value], {_, _, Channels}) -> call(maps:get(Channel, Channels), {send, Value});
perform(<<"recv">>, [Channel], {_, _, Channels}) -> call(maps:get(Channel, Channels), recv);
perform(<<"log">>, [Value], _) -> Value.

call(Channel, Ask) ->
    Call = make_ref(),
    Channel ! {Ask, self(), Call},
    receive
        {Call, Value} -> Value
    end.

%% A rendezvous: the first receiver meets the first sender. The others wait in the mailbox.
channel() ->
    receive
        {recv, Receiver, Taking} ->
            receive
                {{send, Value}, Sender, Giving} ->
                    Receiver ! {Taking, Value},
                    Sender ! {Giving, null}
            end
    end,
    channel().
