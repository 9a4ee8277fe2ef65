//! What the bodies are made of. Each construct stands in at least 5 % of all functions, but for
//! those that the macro refuses by design: each is asked for in one function of 280.

macro_rules! constructs {
    (
        common { $($name:ident = $text:literal),* $(,)? }
        refused { $($refused:ident = $why:literal),* $(,)? }
    ) => {
        /// A construct of a body.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Construct {
            $(#[doc = $text] $name,)*
            $(#[doc = $why] $refused,)*
        }

        impl Construct {
            /// Those that are common: each is asked for in turn.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Those that the macro refuses by design, so that its advice is followed and tried.
            pub const REFUSED: &'static [Self] = &[$(Self::$refused,)*];

            /// As it stands in records.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    $(Self::$refused => $why,)*
                }
            }
        }
    };
}

constructs! {
    common {
        TuplePattern = "tuple pattern",
        StructPattern = "struct pattern",
        EnumPattern = "enum pattern",
        RefPattern = "ref pattern",
        AtPattern = "@ pattern",
        OrPattern = "or pattern",
        NestedPattern = "nested pattern",
        LetElse = "let-else",
        Shadowing = "shadowing",
        NestedBlock = "nested block",
        InnerFn = "fn in a block",
        InnerConst = "const in a block",
        InnerStruct = "struct in a block",
        InnerUse = "use in a block",
        InnerMacro = "macro_rules in a block",
        CfgStatement = "cfg on a statement",
        CfgArm = "cfg on an arm",
        CfgField = "cfg on a field",
        IfLet = "if let",
        LetChain = "let chain",
        MatchGuard = "match guard",
        LabelledLoop = "labelled loop",
        LoopValue = "loop with a value",
        LabelledBlock = "labelled block with a value",
        While = "while",
        WhileLet = "while let",
        ForRange = "for over a range",
        ForVec = "for over a Vec",
        ForArray = "for over an array",
        QuestionInside = "? inside an expression",
        ExitInArgument = "exit in an argument",
        ExitInOperand = "exit in an operand",
        ExitInCondition = "exit in a condition",
        ExitInMacro = "exit in a macro",
        AwaitArgument = "await as argument",
        AwaitReceiver = "await as receiver",
        AwaitMethodArgument = "await as method argument",
        AwaitOperand = "await as operand",
        AwaitComparison = "await in a comparison",
        AwaitCompound = "await right of a compound assignment",
        AwaitIndex = "await as index",
        LentIndex = "computed index of a place that is lent over an await",
        AwaitScrutinee = "await as scrutinee",
        AwaitCondition = "await as condition",
        AwaitStruct = "await in a struct literal",
        AwaitTuple = "await in a tuple",
        AwaitArray = "await in an array",
        AwaitVec = "await in vec!",
        AwaitFormat = "await in format!",
        AwaitMacro = "await in a macro argument",
        AwaitReturn = "await in a return value",
        MacroCondition = "macro that awaits as condition",
        LazyMacro = "lazy macro",
        ShortCircuit = "await right of && or ||",
        OperandAssign = "assignment in an operand",
        Closure = "closure",
        GuardBlockEnd = "guard until the end of a block",
        GuardDropped = "guard dropped",
        GuardMoved = "guard moved into a call",
        GuardReassigned = "guard reassigned",
        GuardShadowed = "guard shadowed",
        GuardConditional = "guard moved conditionally",
        GuardInTuple = "guard in a tuple",
        GuardInOption = "guard in an Option",
        GuardInVec = "guard in a Vec",
        GuardScrutinee = "guard in a scrutinee",
        GuardForHead = "guard in a for head",
        GuardTemporary = "guard as a temporary",
        GuardPanics = "destructor that panics",
        GuardArgument = "guard in an argument pattern",
        LateInit = "late initialisation",
        Recursion = "recursion",
        Generic = "generics",
        Turbofish = "turbofish",
        CapturedFormat = "captured format argument",
        ReadType = "local with its type read off its value",
    }
    refused {
        AwaitUserMacro = "await in a user's macro",
        Untyped = "local without a readable type",
        UntypedOperand = "operand without a readable type",
        UntypedHead = "for over an iterator without a type",
        TemporaryKept = "guard as a temporary over an await",
        PartLeft = "guard left by an argument pattern",
        AwaitInPlace = "await in the place of an assignment",
    }
}
