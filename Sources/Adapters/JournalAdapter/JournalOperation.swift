/// What a record says, by number.
///
/// A number means for ever what this table says, and its payload never changes shape: what must be said differently gets
/// another number. A reader skips the numbers it does not know.
///
/// | number | entry | payload |
/// |---|---|---|
/// | 1 | `allocated` | attachment, pod, address, ENI, device index (16 bits), since (64 bits), host link |
/// | 2 | `wired` | attachment |
/// | 3 | `released` | attachment, address, until (64 bits) |
/// | 4 | `linkGone` | address |
/// | 5 | `eniCreated` | ENI |
/// | 6 | `eniAttached` | ENI, MAC (64 bits), device index (16 bits), subnet, block, primary address, addresses, blocks |
/// | 7 | `eniGone` | ENI |
///
/// An attachment is three texts: network, container ID, interface. A pod is one byte, 0 for none or 1, and then namespace
/// and name. An address has 32 bits, a block an address and 8 bits of prefix length, an instant nanoseconds since boot.
/// A host link is a text. Texts and lists have 16 bits of length in front. All numbers are little-endian.
package enum JournalOperation: UInt8 {
    case allocated = 1
    case wired = 2
    case released = 3
    case linkGone = 4
    case eniCreated = 5
    case eniAttached = 6
    case eniGone = 7
}
