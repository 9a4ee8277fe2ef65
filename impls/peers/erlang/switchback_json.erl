%% JSON, as far as questions and answers go: objects are maps, texts are binaries.
-module(switchback_json).
-export([decode/1, encode/1]).

decode(Text) ->
    {Value, Rest} = value(space(Text)),
    <<>> = space(Rest),
    Value.

space(<<C, Rest/binary>>) when C =:= $\s; C =:= $\t; C =:= $\r; C =:= $\n -> space(Rest);
space(Text) -> Text.

value(<<"{", Rest/binary>>) ->
    {Members, After} = items(space(Rest), $}, fun member/1),
    {maps:from_list(Members), After};
value(<<"[", Rest/binary>>) -> items(space(Rest), $], fun value/1);
value(<<$", Rest/binary>>) -> text(Rest, []);
value(Text) ->
    {match, [{0, Length}]} = re:run(Text, "^[-+.0-9A-Za-z]+"),
    <<Word:Length/binary, Rest/binary>> = Text,
    {word(Word), Rest}.

member(<<$", Rest/binary>>) ->
    {Key, After} = text(Rest, []),
    <<":", Text/binary>> = space(After),
    {Value, Others} = value(space(Text)),
    {{Key, Value}, Others}.

%% The items up to the end of a list or object.
items(<<Close, Rest/binary>>, Close, _) -> {[], Rest};
items(Text, Close, Item) ->
    {First, Rest} = Item(Text),
    case space(Rest) of
        <<",", More/binary>> ->
            {Others, After} = items(space(More), Close, Item),
            {[First | Others], After};
        <<Close, After/binary>> -> {[First], After}
    end.

text(<<$", Rest/binary>>, Read) -> {unicode:characters_to_binary(lists:reverse(Read)), Rest};
text(<<"\\u", Digits:4/binary, Rest/binary>>, Read) ->
    case {binary_to_integer(Digits, 16), Rest} of
        {High, <<"\\u", Low:4/binary, After/binary>>} when High bsr 10 =:= 16#36 ->
            Code = 16#10000 + ((High band 16#3FF) bsl 10) + (binary_to_integer(Low, 16) band 16#3FF),
            text(After, [Code | Read]);
        {Code, _} -> text(Rest, [Code | Read])
    end;
text(<<"\\", C, Rest/binary>>, Read) ->
    Escapes = #{$b => $\b, $f => $\f, $n => $\n, $r => $\r, $t => $\t},
    text(Rest, [maps:get(C, Escapes, C) | Read]);
text(<<C/utf8, Rest/binary>>, Read) -> text(Rest, [C | Read]).

word(<<"null">>) -> null;
word(<<"true">>) -> true;
word(<<"false">>) -> false;
word(Digits) ->
    try binary_to_integer(Digits)
    catch error:badarg -> {number, Digits}
    end.

encode({number, Digits}) -> Digits;
encode(Text) when is_binary(Text) -> [$", [escaped(C) || <<C>> <= Text], $"];
encode(Number) when is_integer(Number) -> integer_to_binary(Number);
encode(Word) when is_atom(Word) -> atom_to_binary(Word);
encode(Items) when is_list(Items) -> [$[, lists:join($,, [encode(Item) || Item <- Items]), $]];
encode(Members) when is_map(Members) ->
    Member = fun({Key, Value}) -> [encode(Key), $:, encode(Value)] end,
    [${, lists:join($,, lists:map(Member, maps:to_list(Members))), $}].

escaped(C) when C =:= $"; C =:= $\\ -> [$\\, C];
escaped(C) when C < 32 -> io_lib:format("\\u~4.16.0b", [C]);
escaped(C) -> C.
