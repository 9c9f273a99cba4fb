import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

let smallConfiguration = """
  {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 64, "Artifacts": [{"Name": "small", "Type": "raw"}],
    "Partitions": [{"ID": "boot", "Flags": ["esp"], "Start": 1, "End": 20, "FsType": "vfat"},
      {"ID": "rootfs", "Name": "root fs", "Start": 20, "End": 40, "FsType": "ext4"},
      {"ID": "data", "Start": 40, "End": 0, "FsType": "ext2", "Type": "linux-var"}]}],
   "SystemConfigs": [{"Name": "small", "BootType": "efi", "Hostname": "tiny", "Packages": ["tiny"],
    "KernelOptions": {"default": "kernel"}, "EnableHidepid": true, "EnableSystemdFirstboot": true,
    "PartitionSettings": [{"ID": "boot", "MountPoint": "/boot/efi", "MountOptions": "umask=0077"},
      {"ID": "rootfs", "MountPoint": "/", "MountIdentifier": "partlabel"},
      {"ID": "data", "MountPoint": "/var", "MountIdentifier": "uuid"}]}]}
  """

func configuration(_ text: String = smallConfiguration) throws -> ImageConfiguration {
  try ImageConfiguration.read(Data(text.utf8), file: "x.json").get()
}

@Suite struct DiskLayoutTests {
  private let disks: DiskSet
  private var layout: DiskLayout { disks.first }
  private let tools = DiskTools(disk: "/w/disk.raw", timestamp: 1_775_000_000)

  init() throws { disks = DiskSet(try configuration(), identity: ImageIdentity(seed: Digest.of("seed"))) }

  @Test func identitiesFollowFromTheInputsInAnyOrder() {
    let identity = ImageIdentity(inputs: ["a", "b"])
    #expect(identity == ImageIdentity(inputs: ["b", "a"]) && identity != ImageIdentity(inputs: ["a", "c"]))
    #expect(identity.uuid("disk") != identity.uuid("image"))
    #expect(
      identity.uuid("disk").wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}/)
        != nil)
  }

  @Test func theScriptPlacesEveryPartitionToTheSector() {
    let (boot, root, data) = (layout.partitions[0], layout.partitions[1], layout.partitions[2])
    #expect(
      layout.script == """
        label: gpt
        label-id: \(layout.uuid)
        unit: sectors
        first-lba: 34

        start=2048, size=38912, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=\(boot.uuid)
        start=40960, size=40960, type=0fc63daf-8483-4772-8e79-3d69d8477de4, uuid=\(root.uuid), name="root fs"
        start=81920, size=47104, type=4d21b016-b534-45c2-a9fb-5c16e091fd2d, uuid=\(data.uuid)

        """)
    #expect(layout.size == 64 << 20)
  }

  @Test func anExtendedPartitionHoldsWhatAnMBRCannotName() async throws {
    let rows = (1...5).map {
      #"{"ID": "p\#($0)", "Start": \#($0 * 10), "End": \#($0 * 10 + 10), "FsType": "ext4"}"#
    }
    let text = #"""
      {"Disks": [{"PartitionTableType": "mbr", "MaxSize": 64, "Partitions": [\#(rows.joined(separator: ","))]}],
       "SystemConfigs": [{"Name": "x", "Packages": ["x"], "KernelOptions": {"default": "kernel"}}]}
      """#
    let layout = DiskLayout(try configuration(text), identity: ImageIdentity(seed: Digest.of("seed")))
    #expect(layout.partitions.map(\.number) == [1, 2, 3, 5, 6])
    #expect(layout.partitions.map(\.offset).map { $0 >> 20 } == [10, 20, 30, 41, 51])
    #expect(layout.partitions.map(\.size).map { $0 >> 20 } == [10, 10, 10, 9, 9])
    #expect(layout.partitions[3].uuid == "\(layout.uuid)-05")
    // as sfdisk lays it out, and as it then reads it
    let place = try TemporaryFolder()
    let (disk, script) = (place.path.appending("disk.raw"), place.path.appending("script"))
    try Data(layout.script.utf8).write(to: URL(filePath: script.string))
    try await Command(["truncate", "--size", String(layout.size), disk.string]).check()
    try await Command(
      DiskTools(disk: disk, timestamp: 0).partitionTable(script: script), environment: Command.hostEnvironment
    ).check()
    let table = try await Command(["sfdisk", "--dump", disk.string], environment: Command.hostEnvironment)
      .check()
      .text.split(separator: "\n").map { $0.replacing(" ", with: "") }
    for partition in layout.partitions {
      let place = "\(partition.number):start=\(partition.firstSector),size=\(partition.sectors),type=83"
      #expect(table.contains { $0.hasSuffix(place) }, "\(place) is not in \(table)")
    }
    #expect(table.contains { $0.hasSuffix("4:start=81920,size=40960,type=5") })
  }

  @Test func everyDiskHasNamesOfItsOwn() throws {
    let more =
      #"{"PartitionTableType": "mbr", "MaxSize": 32, "Partitions": [{"ID": "srv", "Start": 1, "End": 0, "FsType": "ext2"}]}"#
    let text = smallConfiguration.replacing("}]}],", with: "}]}, \(more)],").replacing(
      #"{"ID": "boot", "MountPoint""#,
      with: #"{"ID": "srv", "MountPoint": "/srv"}, {"ID": "boot", "MountPoint""#)
    let identity = ImageIdentity(seed: Digest.of("seed"))
    let both = DiskSet(try configuration(text), identity: identity)
    #expect(both.layouts[0] == disks.first && both.layouts[1].uuid != identity.volumeID("disk").lowercased())
    #expect(both.partitions.map(\.disk) == [0, 0, 0, 1] && both.mounted(at: "/srv")?.number == 1)
    #expect(
      SystemFiles.fstab(both, hidepid: false).hasSuffix(
        "PARTUUID=\(both.layouts[1].uuid)-01 /srv ext2 defaults 0 2\n"))
    let plans = ArtifactPlan.all(
      try configuration(
        text.replacing(
          #""MaxSize": 32"#, with: #""MaxSize": 32, "Artifacts": [{"Name": "more", "Type": "vhdx"}]"#)),
      disks: both, version: "3")
    #expect(plans.map(\.file) == ["more-3.vhdx", "small-3.raw"] && plans.map(\.disk) == [1, 0])
  }

  @Test func fileSystemsAreMadeWithFixedIdentityAndPlace() {
    let root = layout.partitions[1]
    #expect(
      tools.ext(root, from: "/w/root") == [
        "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-U", root.fileSystemUUID, "-O",
        "none,sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr,has_journal,"
          + "extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize",
        "-E",
        "offset=20971520,hash_seed=\(root.fileSystemUUID),root_owner=0:0,nodiscard,assume_storage_prezeroed=1",
        "-d", "/w/root", "/w/disk.raw", "20480k",
      ])
    #expect(
      tools.edit(root, commands: "/w/c") == ["debugfs", "-w", "-f", "/w/c", "/w/disk.raw?offset=20971520"])
    let boot = layout.partitions[0]
    #expect(
      tools.fat(boot, file: "/w/f") == [
        "mkfs.vfat", "--invariant", "-i", boot.fileSystemUUID.replacing("-", with: ""), "-C", "/w/f", "19456",
      ])
    #expect(
      tools.empty(root) == [
        "fallocate", "--punch-hole", "--offset", "20971520", "--length", "20971520", "/w/disk.raw",
      ])
    #expect(
      tools.insert("/w/f", as: boot) == [
        "dd", "if=/w/f", "of=/w/disk.raw", "bs=1M", "seek=1", "conv=notrunc,sparse", "status=none",
      ])
    #expect(
      tools.convert(to: .vhdx, output: "/o/a.vhdx") == [
        "qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", "subformat=dynamic", "/w/disk.raw",
        "/o/a.vhdx",
      ])
  }

  @Test func fstabNamesPartitionsAsTheConfigurationWants() {
    #expect(
      SystemFiles.fstab(disks, hidepid: true) == """
        PARTUUID=\(layout.partitions[0].uuid) /boot/efi vfat umask=0077 0 2
        PARTLABEL=root\\040fs / ext4 defaults 0 1
        UUID=\(layout.partitions[2].fileSystemUUID) /var ext2 defaults 0 2
        proc /proc proc rw,nosuid,nodev,noexec,relatime,hidepid=2 0 0

        """)
  }

  @Test func theSystemKnowsItsNameAndBuild() {
    #expect(SystemFiles.hosts("1\n2\n3\n4\n5\n6\n", hostname: "h") == "1\n2\n3\n4\n5\n127.0.0.1   h\n6\n")
    #expect(SystemFiles.hosts("", hostname: "h") == "127.0.0.1   h\n")
    #expect(
      SystemFiles.imageID(buildNumber: "7", timestamp: 1_775_000_000, uuid: "u")
        == "BUILD_NUMBER=7\nIMAGE_BUILD_DATE=20260331233320\nIMAGE_UUID=u\n")
    #expect(
      SystemFiles.machineID(firstboot: true) == "uninitialized\n"
        && SystemFiles.machineID(firstboot: false) == "")
  }

  @Test func theBootEntryNamesTheRootByItsPartition() throws {
    let root = try #require(disks.mounted(at: "/"))
    var system = try configuration().system
    system.kernelCommandLine.extra = "console=ttyS0"
    let line = KernelArguments.line(system, disks: disks, root: root)
    #expect(line == "root=PARTUUID=\(root.uuid) rootfstype=ext4 rw net.ifnames=0 selinux=0 console=ttyS0")
    system.kernelCommandLine.cgroup = .two
    system.kernelCommandLine.imaPolicy = [.tcb, .secureBoot]
    system.kernelCommandLine.selinux = .forceEnforcing
    system.kernelCommandLine.fips = true
    #expect(
      KernelArguments.line(system, disks: disks, root: root).hasSuffix(
        "rw net.ifnames=0 ima_policy=tcb ima_policy=secure_boot security=selinux selinux=1 enforcing=1 fips=1 systemd.unified_cgroup_hierarchy=1 console=ttyS0"
      ))
    #expect(
      SystemdBoot.entry(title: "T", version: "6.1", commandLine: line, initrd: true)
        == "title T\nversion 6.1\nlinux /azurelinux/6.1/linux\ninitrd /azurelinux/6.1/initrd\noptions \(line)\n"
    )
  }
}

@Suite struct AccountsTests {
  @Test func existingUsersAreChangedAndOthersAdded() throws {
    let users = """
      "Groups": [{"Name": "crew", "GID": "1500"}, {"Name": "wheel"}],
      "Users": [{"Name": "root", "UID": "5", "Password": "x", "StartupCommand": "/bin/sh"}, {"Name": "ann",
        "UID": "1001", "PrimaryGroup": "crew", "HomeDirectory": "/a", "SecondaryGroups": ["wheel", "tty"]},
        {"Name": "daemon"}],
      "EnableHidepid"
      """
    let system = try configuration(smallConfiguration.replacing("\"EnableHidepid\"", with: users)).system
    #expect(
      Accounts.commands(
        system, existingUsers: ["root", "daemon"], existingGroups: ["wheel"], hashes: ["root": "$6$h"]) == [
          ["groupadd", "-g", "1500", "crew"],
          ["usermod", "-p", "$6$h", "-s", "/bin/sh", "root"],
          ["useradd", "-m", "-u", "1001", "-d", "/a", "-g", "crew", "ann"],
          ["usermod", "-a", "-G", "wheel,tty", "ann"],
        ])
    #expect(Accounts.names("root:x:0:0::/:/bin/sh\nann:x:1:1::/:\n") == ["root", "ann"])
  }
}

@Suite struct RootTreeTests {
  @Test func linksStayInsideTheRoot() throws {
    let folder = try TemporaryFolder()
    let files = FileManager.default
    let root = folder.path.appending("root")
    try files.createDirectory(atPath: root.appending("usr/lib").string, withIntermediateDirectories: true)
    try files.createSymbolicLink(atPath: root.appending("lib").string, withDestinationPath: "usr/lib")
    try files.createSymbolicLink(
      atPath: root.appending("etc").string, withDestinationPath: "/usr/../../../usr/lib")
    try files.createSymbolicLink(atPath: root.appending("loop").string, withDestinationPath: "/loop")
    try Data("x".utf8).write(to: URL(filePath: root.appending("usr/lib/f").string))
    let tree = RootTree(root)
    #expect(tree.place(of: "/lib/f") == root.appending("usr/lib/f"))
    #expect(tree.place(of: "/etc/new/file") == root.appending("usr/lib/new/file"))
    #expect(tree.place(of: "/loop") == nil)
    #expect(tree.read("/etc/f") == Data("x".utf8) && tree.read("/nothing") == nil)
    #expect(tree.contents(of: "/").files == ["usr/lib/f"])
  }
}

@Suite struct RootRecipeTests {
  @Test func oneTransactionInstallsEverything() {
    let recipe = RootRecipe(root: "/w/root", timestamp: 1)
    func rpm(_ name: String) -> RPMFile {
      RPMFile(
        nevra: NEVRA(name: name, evr: EVR(version: "1", release: "1"), arch: "noarch"),
        path: "/r/\(name).rpm",
        digest: Digest.of(name), size: 1)
    }
    let common = [
      "rpm", "--root", "/w/root", "--dbpath", "/var/lib/rpm", "--noplugins", "--nosignature", "--define",
      "_netsharedpath /dev:/proc:/sys:/run:/tmp",
    ]
    let locales = common + ["--define", "_install_langs NONE"]
    #expect(
      recipe.install([rpm("b"), rpm("a")], docs: true, locales: "") == common + [
        "-i", "/r/a.rpm", "/r/b.rpm",
      ])
    #expect(
      recipe.install([rpm("a")], docs: false, locales: "NONE") == locales + [
        "--excludedocs", "-i", "/r/a.rpm",
      ])
  }

  @Test func scriptletsHaveNoNetworkAndNoDevicesOfTheMachine() {
    let command = RootRecipe(root: "/w/root", timestamp: 1).outside.command(["rpm"], privilege: .user(1000))
    let words = command.arguments
    #expect(
      words.starts(with: ["unshare", "--mount", "--user", "--map-root-user", "--map-auto", "--", "bash"]))
    #expect(words.contains { $0.contains("exec -c bwrap --seccomp 4") })
    for word in ["--unshare-net", "--unshare-pid", "--die-with-parent"] {
      #expect(words.contains(word))
    }
    #expect(!words.joined(separator: " ").contains("--ro-bind / /"))
    #expect(
      words.joined(separator: " ").contains(
        "--bind /w/root /w/root --dev /w/root/dev --proc /w/root/proc --ro-bind /proc/sys /w/root/proc/sys"))
    #expect(!words.contains("CAP_MKNOD") && !words.contains("CAP_SYS_ADMIN") && !words.contains("--dev-bind"))
  }
}
