/// What a record says, by number.
///
/// In a format of the header a number means what this table says, and its payload has one shape. A reader skips the numbers it
/// does not know.
///
/// | number | entry | payload |
/// |---|---|---|
/// | 1 | `allocated` | attachment, pod, addresses, ENI, seat, since, host link, hold |
/// | 2 | `wired` | attachment |
/// | 3 | `released` | attachment, addresses, until |
/// | 4 | `linkGone` | addresses |
/// | 5 | `eniCreated` | ENI, client token |
/// | 6 | `eniAttached` | ENI, MAC (64 bits), seat, subnet, block, primary address, addresses, blocks, IPv6 blocks, pool |
/// | 7 | `eniGone` | ENI, moment |
/// | 8 | `promised` | pod name, addresses, until |
/// | 9 | `eniRequested` | subnet, security groups, client token, kind (8 bits) and count (16 bits) of addresses, IPv6 (8 bits), pool, seat |
/// | 10 | `eniRefused` | client token |
/// | 11 | `unassigning` | ENI, addresses, blocks |
/// | 12 | `unassigned` | ENI, addresses, blocks, moment |
/// | 13 | `eniDetaching` | as 6 |
/// | 14 | `eniDetached` | ENI |
/// | 15 | `eniLost` | ENI |
/// | 16 | `degradationOrdered` | degradation (8 bits: 0 normal, 1 stop-releases, 2 stop-calls), moment |
///
/// An attachment is three texts: network, container ID, interface. A pod is one byte, 0 for none or 1, and then namespace
/// and name. The addresses of an attachment are one byte, 1 for IPv4, 2 for IPv6 or 3 for both, and then 32 bits, 128 bits, or
/// one after the other. A block is an address and 8 bits of prefix length; moments are nanoseconds since boot in 64 bits; a
/// hold is nanoseconds in 64 bits, -1 for none. A seat is 16 bits of network card and 16 of device index. Host link (empty
/// for that of another plugin), pool (empty for none) and client token are texts. Texts and lists have 16 bits of length in front. All numbers are
/// little-endian.
package enum JournalOperation: UInt8 {
    case allocated = 1
    case wired = 2
    case released = 3
    case linkGone = 4
    case eniCreated = 5
    case eniAttached = 6
    case eniGone = 7
    case promised = 8
    case eniRequested = 9
    case eniRefused = 10
    case unassigning = 11
    case unassigned = 12
    case eniDetaching = 13
    case eniDetached = 14
    case eniLost = 15
    case degradationOrdered = 16
}
