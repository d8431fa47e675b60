/// The rows, after CNI spec 1.1.0 and what its library and the container runtimes do.
extension Requirement {
    public static let all = invocation + commands

    /// How a plugin takes a call, whatever the command.
    static let invocation = [
        Requirement(1, .must, "CNI_COMMAND is one of six words, in capitals", by: "JUMP and add: code 4 that names the word"),
        Requirement(2, .library, "without CNI_COMMAND it says what it is", by: "no variables: exit 0, versions on stderr, stdout empty"),
        Requirement(3, .must, "all missing variables are named at once", by: "ADD without three variables: code 4 with the three names"),
        Requirement(4, .must, "the container ID's form is checked", by: "ADD with IDs such as ../a: code 4; empty: 4 or 3"),
        Requirement(5, .library, "the interface name's form is checked", by: "ADD with names such as a/b or of 16 bytes: code 4"),
        Requirement(6, .must, "ADD and CHECK need CNI_NETNS, DEL does not", by: "each without it: code 4, code 4, success"),
        Requirement(
            7, .must, "CNI_PATH is asked for only where it is needed", by: "without it: VERSION succeeds, ADD and GC succeed or say code 4"),
        Requirement(8, .must, "standard input is read wholly", by: "DEL with 100 KiB of configuration; ADD with a folder as input: code 5"),
        Requirement(9, .must, "what is no configuration is refused", by: "broken JSON, a list, a version that is no text: code 6"),
        Requirement(10, .must, "the network's name is checked", by: "ADD without a name and with ../a: code 7"),
        Requirement(11, .must, "a version that is not spoken is refused", by: "ADD with 9.9.9: code 1 that tells both sides' versions"),
        Requirement(
            12, .library, "commands younger than the configuration are refused", by: "CHECK in 0.3.1, STATUS and GC in 1.0.0: code 1"),
        Requirement(13, .library, "no cniVersion means 0.1.0", by: "ADD without it: a result of 0.1.0"),
        Requirement(14, .must, "unknown keys are passed over", by: "ADD with a key that nobody knows succeeds"),
        Requirement(15, .must, "runtimeConfig, args and cni.dev keys are accepted", by: "ADD with them, DEL with prevResult besides"),
        Requirement(
            16, .library, "the plugin's own namespace is refused untouched",
            by: "ADD inside a namespace of its own: code 8; not with override"),
        Requirement(
            17, .must, "exit status and stdout agree", by: "every call of the run: 0 and one object or nothing, else one error object"),
        Requirement(18, .must, "an error tells the configuration's version", by: "every error of the run has the cniVersion that was sent"),
    ]

    /// What each command does.
    static let commands = [
        Requirement(
            20, .must, "ADD refuses an interface that exists", by: "ADD twice, and on a foreign link: an error, the namespace untouched"),
        Requirement(
            21, .must, "ADD's result has its version's shape and is true", by: "the result beside the links and addresses of the kernel"),
        Requirement(22, .must, "ADD passes prevResult on", by: "ADD with an interface and a name server before it: both in the result"),
        Requirement(
            23, .must, "a failed ADD leaves nothing", by: "ADD without a namespace, on a foreign link, with an IPAM plugin that refuses"),
        Requirement(
            24, .operation, "ADD answers in time, 11 when it may be tried again", by: "ADD while the daemon is away: code 11 within 30 s"),
        Requirement(
            25, .should, "the extras of 1.1.0 are told in 1.1.0 alone", by: "the interface's mtu is the kernel's; older results have none"),
        Requirement(
            26, .must, "DEL succeeds for whatever is gone", by: "DEL twice more, without namespace, for an unknown container; nothing left"),
        Requirement(
            27, .operation, "DEL works while the daemon is away", by: "DEL with the daemon stopped; after its start nothing is left"),
        Requirement(28, .operation, "DEL is quick and never code 3", by: "every DEL of the run: within 10 s"),
        Requirement(
            29, .must, "CHECK sees what is broken, and only that", by: "CHECK after ADD, after a later route, after each of three damages"),
        Requirement(30, .must, "CHECK needs prevResult", by: "CHECK without it: code 7"),
        Requirement(31, .must, "STATUS is silent and quick, or says why not", by: "STATUS within 1 s; code 50 while the daemon is away"),
        Requirement(
            32, .must, "GC frees what is not listed", by: "GC that lists one of two, null, and no list: code 7; the listed pod stays whole"),
        Requirement(33, .must, "GC leaves other networks alone", by: "GC of another network with an empty list: the pod stays whole"),
        Requirement(34, .must, "VERSION lists what is spoken", by: "VERSION with and without input: every version asked for is listed"),
        Requirement(
            35, .must, "containers are served in parallel", by: "many ADDs at once: each its own address; twice the same: one succeeds"),
        Requirement(
            36, .operation, "after a kill DEL makes clean", by: "ADD killed after 0 to 32 ms, and the daemon; then DEL: nothing left"),
        Requirement(37, .must, "as an IPAM plugin it gives addresses alone", by: "called as ptp's ipam, by us and by ptp itself"),
        Requirement(
            38, .library, "versions are converted", by: "each result in the library's form; DEL and CHECK with results of other versions"),
        Requirement(39, .should, "addresses have a prefix length and a gateway that fits", by: "the text of ADD's result"),
        Requirement(40, .library, "unknown CNI_ARGS are tolerated", by: "ADD and DEL with unknown keys and Kubernetes' own in any order"),
        Requirement(
            41, .should, "chained plugins take its result", by: "tuning, sbr, bandwidth, portmap and firewall after it, and their DEL"),
        Requirement(
            42, .library, "the binary can be replaced while it runs",
            by: "a copy of it replaced by rename during an ADD: both calls succeed"),
    ]
}
