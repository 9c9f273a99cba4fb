import Foundation
import Testing

@testable import AzureLinux

/// `docs/images.md` has every key and rule. `AZL_WRITE_DOCS=1 swift test --filter ImagePage` writes it anew.
@Suite struct ImagePageTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/images.md")

  private static let head = """
    # Image configurations

    An image configuration (`toolkit/imageconfigs/*.json`; in the demo `imageconfigs/*.json`) says what an image is made of; package lists are files that it
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
    | raw, vhd, vhdx, qcow2, ova | a disk | GPT or MBR; ext2, ext3, ext4, FAT, swap; `efi` with GRUB (shim and grub2-efi-binary among the packages) or systemd-boot, `legacy` with GRUB |
    | tar.gz, tar.xz, squashfs, initrd | an image without PartitionSettings | containers, distroless with RemoveRpmDb |
    | raw, ext4 | a partition (its own Artifacts) | |
    | gz, xz, tar.gz, tar.xz | any of them, as Compression | |

    Nothing is mounted on the machine, and no loop device or device node is needed. Names are upstream's. The packages are
    a layer that is made once; a rebuilt package is replaced in it where its scriptlets do no more than refresh the
    linker's cache, otherwise all are installed anew. What lies over the packages is written into a copy of their file
    system. Disks and partitions are called by the disk's layout, so that they keep their names when packages change.

    Files that a configuration names (additional files, scripts, keys, raw binaries) are regular files of the tree or of the
    folder that relative paths start in, wherever links lead; others are refused. Links inside the image are followed as the
    image itself would follow them. Scriptlets and scripts see nothing of the machine: no network, no file but the image's,
    no process but their own, no settings of the kernel; each step keeps to `[build] timeout`, `memory` and `pids`.

    What is valid can not always be built yet: attended installers, xfs, overlay and rdiff images. That is
    refused by its name before the build begins. [Installers](installers.md), the raw disk and lists of packages have a page
    of their own.

    **Several disks** are made each with its own artifacts, and a system may mount partitions of all of them; upstream's imager
    makes the first only, and its roast refuses more than one. The first disk boots; `azl-dev boot` gives the others to the guest
    too. Of **several systems** the first is built, as upstream does; a note says so. More than four partitions of an **MBR**
    are three and an extended one with the others as logical partitions, numbered from 5, as upstream. A logical partition
    begins 1 MiB after its `Start`, because what describes it lies there.

    An **ova** is a VMDK, its description and their SHA-1 digests in a tar archive, as upstream's, without ovftool: the same
    machine as that of its template (1 processor, 2 GiB, paravirtual SCSI disk and network). Where the image boots by UEFI the
    description says so, and the digests name files that are in the archive.

    **`SELinux`** sets the mode in the policy's /etc/selinux/config and tells the kernel, as upstream. In the end every file of
    mounted ext partitions gets the label that the policy's file_contexts have for its path, if they have one: matchpathcon looks
    it up, debugfs writes it into the finished file system, and no kernel has to allow that. Finalizing scripts have run by then; upstream's run later,
    and what they write has no label. An image without a disk is not labelled yet, and refused.

    ## A protected root

    Both ways need dracut, device-mapper and a kernel among the packages, and all that the firmware's side reads outside of
    the root: a partition at /boot, or systemd-boot, which keeps everything on the ESP. The initramfs is made again for them,
    as upstream does for an encrypted root. No device is mapped where the image is built.

    **`ReadOnlyVerityRoot`**, which upstream's 3.0 has moved to its Image Customizer and ignores here. veritysetup makes a tree
    of hashes of the finished file system; it lies in a partition that takes the last part of the root's, and comes after all
    others in number. The command line of the kernel has the root hash. What is to be written in the running system (/var,
    /home) has to be mounted from other partitions. Data that are not what was built end the machine with a panic. With
    `--release` the same inputs give the same root hash.

    **`Encryption`** makes the root LUKS1 with upstream's parameters (aes-xts-plain64, 256 bits, sha512), written by qemu-img,
    and asks for `Password` on the console at each boot; `azl-dev boot` types it, and for that `image.json` has it. Needs
    cryptsetup among the packages. Two things are not upstream's: there is no LVM in it, which only a mapped device can be
    filled through; and no key file, because an initramfs outside of the root would hand it to anybody. Keys and salts are
    random, as they must be: **such an image differs each time**, also with `--release`.

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
