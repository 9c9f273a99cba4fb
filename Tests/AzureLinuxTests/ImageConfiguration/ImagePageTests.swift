import Foundation
import Testing

@testable import AzureLinux

/// `docs/images.md` has every key and rule. `AZL_WRITE_DOCS=1 swift test --filter ImagePage` writes it anew.
@Suite struct ImagePageTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/images.md")

  private static let head = """
    # Image configurations

    An image configuration (`toolkit/imageconfigs/*.json`) says what an image is made of; package lists are files that it
    names. azl-dev reads all keys of both, as upstream's image tools do:

        azl-dev image check                                 all of the tree, or those named; exits with 1 on errors
        azl-dev image schema                                the JSON Schema, for editors (schemas/ has it too)
        azl-dev make validate-image-config CONFIG_FILE=…    the same check, by upstream's name

    Paths are relative to the configuration's folder, or to `--base-dir` (`CONFIG_BASE_DIR`). Each finding has the file, the
    path in it, and the rule. **Errors** are what upstream's loader, its validator or its makefile refuses. **Warnings** are
    what they read in silence although it has no effect, or ends the build of an image later. Rules about how values fit
    together are looked at when each value on its own can be read.

    As upstream, keys are compared without case, those that begin with `_` are comments, `null` is as good as a missing
    key, unknown keys are ignored (and, here, named with the nearest known one), and of a key that is written twice the
    last counts. What deviates: a key that is given twice in different case is refused, because upstream takes the one
    that happens to come last; so are bytes that are not UTF-8, half a surrogate pair, more than 512 levels, and numbers
    of more than 63 bits.

    ## What is built

        azl-dev image build imageconfigs/demo.json             what has changed
        azl-dev image build imageconfigs/demo.json --release   everything from nothing: the same bytes on any machine

    | output | of | how |
    |---|---|---|
    | raw, vhd, vhdx, qcow2 | a disk | GPT or MBR; ext2, ext3, ext4, FAT, swap; `efi` with GRUB (shim and grub2-efi-binary among the packages) or systemd-boot, `legacy` with GRUB |
    | tar.gz, tar.xz, squashfs, initrd | an image without PartitionSettings | containers, distroless with RemoveRpmDb |
    | raw, ext4 | a partition (its own Artifacts) | |
    | gz, xz, tar.gz, tar.xz | any of them, as Compression | |

    Nothing is mounted on the machine, and no loop device or device node is needed. Names are upstream's. The packages are
    a layer that is made once; a rebuilt package is replaced in it where its scriptlets do no more than refresh the
    linker's cache, otherwise all are installed anew. What lies over the packages is written into a copy of their file
    system. Disks and partitions are called by the disk's layout, so that they keep their names when packages change.

    What is valid can not always be built yet: attended installers, a second disk or system, xfs, encryption, SELinux
    labels, overlay and rdiff images, ova, logical partitions. That is refused by its name before the build begins.
    [Installers](installers.md), the raw disk and lists of packages have a page of their own.

    This page is written from the tables that configurations are read by; a test compares them.
    """

  private static func text() -> String {
    var lines = [head]
    for object in ImageObject.all {
      lines += ["", "## \(object.name)", "", "| key | value | without it | meaning |", "|---|---|---|---|"]
      lines += object.keys.map {
        row(["`\($0.name)`", kind($0.value), standard($0.value), $0.meaning])
      }
      lines += object.former.sorted { $0.key < $1.key }.map {
        row(["~~`\($0.key)`~~", "", "", "ignored: \($0.value)"])
      }
    }
    for (level, title) in [(ImageRule.Level.error, "Errors"), (.warning, "Warnings")] {
      lines += ["", "## \(title)", "", "| rule | what holds |", "|---|---|"]
      lines += ImageRule.allCases.filter { $0.level == level }.map { row(["`\($0.rawValue)`", $0.meaning]) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func kind(_ value: ImageValue) -> String {
    switch value {
    case .text: "text"
    case .word(let words, _, _), .known(let words):
      words.filter { !$0.isEmpty }.map { "`\($0)`" }.joined(separator: ", ")
    case .flag: "true, false"
    case .whole, .integer: "number"
    case .list(let element): "list of " + (kind(element) == "text" ? "texts" : kind(element))
    case .object(let object), .optional(let object): link(object)
    case .texts: "names with texts"
    case .places(let object): "sources, each with a path, \(link(object)), or a list of both"
    }
  }

  private static func link(_ object: ImageObject) -> String {
    "[\(object.name)](#\(object.name.lowercased().replacing(" ", with: "-")))"
  }

  private static func standard(_ value: ImageValue) -> String {
    switch value {
    case .text(let text?): text.isEmpty ? "" : "`\(text)`"
    case .word(_, let word, _): word.isEmpty ? "" : "`\(word)`"
    case .flag(let flag): "\(flag)"
    case .whole, .integer: "0"
    default: ""
    }
  }

  private static func row(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("<", with: "&lt;").replacing("|", with: "\\|") }.joined(separator: " | ")
      + " |"
  }

  @Test func thePageIsTheTables() throws {
    if ProcessInfo.processInfo.environment["AZL_WRITE_DOCS"] != nil {
      try Self.text().write(to: Self.page, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: Self.page, encoding: .utf8) == Self.text())
  }
}
