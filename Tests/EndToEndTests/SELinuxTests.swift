import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// A policy that is built here, and a guest whose kernel enforces it.
  @Suite(.serialized) struct SELinux {
    private static let configuration = #"""
      {"Disks": [
        {"PartitionTableType": "gpt", "MaxSize": 1024, "Artifacts": [{"Name": "labelled", "Type": "raw"}],
         "Partitions": [
          {"ID": "esp", "Flags": ["esp"], "Start": 1, "End": 65, "FsType": "fat32"},
          {"ID": "rootfs", "Start": 65, "End": 800, "FsType": "ext4"},
          {"ID": "srv", "Start": 800, "End": 0, "FsType": "ext4", "Type": "linux-srv"}]}],
       "SystemConfigs": [
        {"Name": "labelled", "BootType": "efi", "PackageLists": ["packagelists/base.json"],
         "Packages": ["lantern-policy"], "KernelOptions": {"default": "kernel"},
         "KernelCommandLine": {"ExtraCommandLine": "console=ttyS0 quiet", "SELinux": "force_enforcing",
           "SELinuxPolicy": "lantern-policy"},
         "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/"}, {"ID": "esp", "MountPoint": "/boot/efi"},
           {"ID": "srv", "MountPoint": "/srv"}],
         "FinalizeImageScripts": [{"Path": "late.sh"}],
         "Users": [{"Name": "root", "Password": "lantern"}]}]}
      """#

    /// What each of them is to be called by, in the guest.
    private static let labels = [
      ("/", "file_t"), ("/usr/bin/bash", "program_t"), ("/etc/passwd", "settings_t"),
      ("/etc/late", "settings_t"), ("/var/lib", "state_t"), ("/srv", "state_t"), ("/srv/late", "state_t"),
      ("/bin", "program_t"), ("/lost+found", "file_t"),
    ]

    private func prepare(_ tree: DemoTree) async throws {
      let folder = "SPECS/lantern-policy/"
      let files = [("lantern.cil", Self.policy), ("file_contexts", Self.contexts)]
      try FileManager.default.createDirectory(
        atPath: tree.file(folder).string, withIntermediateDirectories: true)
      try tree.write(folder + "lantern-policy.spec", Self.spec)
      for (name, text) in files { try tree.write(folder + name, text) }
      try tree.write(
        folder + "lantern-policy.signatures.json",
        #"{"Signatures": {"lantern.cil": "", "file_contexts": ""}}"#)
      try tree.sign("SPECS/lantern-policy")
      try tree.write("imageconfigs/labelled.json", Self.configuration)
      try tree.script("late")
      let built = try await tree.azl("try", "lantern-policy")
      try #require(built.status == 0, "\(built.all)")
    }

    @Test func everyFileHasItsLabelAndTheKernelEnforcesThePolicy() async throws {
      try await DemoTree.with { tree in
        try await prepare(tree)
        let image = try await tree.azl("image", "build", "imageconfigs/labelled.json")
        try #require(image.status == 0, "\(image.all)")
        let boot = try await tree.azl(
          "boot", ".azldev/out/images/labelled", "--json", "--timeout", "500", "--smoke",
          "cat /sys/fs/selinux/enforce /proc/self/attr/current; stat -c '%n=%C' "
            + Self.labels.map(\.0).joined(separator: " "))
        #expect(boot.status == 0, "\(boot.all)")
        #expect(boot.out.contains("1system_u:system_r:system_t:s0"), "\(boot.all)")
        for (path, type) in Self.labels {
          #expect(boot.out.contains("\(path)=system_u:object_r:\(type):s0"), "\(path): \(boot.all)")
        }

        // refreshed, and made from nothing: the same labels, those of a file with two names too
        try tree.script("later")
        let refreshed = try await tree.azl("image", "build", "imageconfigs/labelled.json")
        try #require(refreshed.status == 0, "\(refreshed.all)")
        #expect(try tree.read(".azldev/logs/image/labelled.log").contains("/patch "), "it was a patch")
        let told = try await labels(tree)
        let clean = try await tree.azl("image", "build", "--release", "imageconfigs/labelled.json")
        try #require(clean.status == 0, "\(clean.all)")
        #expect(try await labels(tree) == told)
        let bytes = try Data(contentsOf: URL(filePath: disk(tree).string))
        let again = try await tree.azl("image", "build", "--release", "imageconfigs/labelled.json")
        try #require(again.status == 0, "\(again.all)")
        #expect(try Data(contentsOf: URL(filePath: disk(tree).string)) == bytes)
      }
    }

    @Test func anImageWithoutThePolicySaysWhatIsMissing() async throws {
      try await DemoTree.with { tree in
        try await prepare(tree)
        try tree.edit("SPECS/lantern-policy/lantern-policy.spec", "SELINUXTYPE=lantern", "SELINUXTYPE=other")
        let built = try await tree.azl("try", "lantern-policy")
        try #require(built.status == 0, "\(built.all)")
        let image = try await tree.azl("image", "build", "imageconfigs/labelled.json")
        #expect(image.status == 2, "\(image.all)")
        #expect(
          image.err.contains("/etc/selinux/other/contexts/files/file_contexts")
            && image.err.contains("package lantern-policy (SELinuxPolicy) put no"), "\(image.all)")
      }
    }

    private func disk(_ tree: DemoTree) throws -> FilePath {
      let folder = tree.path.appending(".azldev/out/images/labelled")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
      return folder.appending(try #require(names.first { $0.hasSuffix(".raw") }))
    }

    /// Of the root's files, as debugfs reads them; the file system has to be whole.
    private func labels(_ tree: DemoTree) async throws -> [String] {
      let device = "\(try disk(tree))?offset=\(65 << 20)"
      try await Command(["e2fsck", "-fn", device]).check()
      let paths = Self.labels.map(\.0) + ["/etc/twin", "/usr/bin/twin", "\"/etc/a \"\"b\"\"\"", "/opt"]
      var found: [String] = []
      for path in paths {
        let text = try await Command(["debugfs", "-R", "ea_get \(path) security.selinux", device]).check()
          .text
        found.append("\(path) \(text)")
      }
      #expect(found[1].contains("system_u:object_r:program_t:s0"), "\(found)")
      #expect(
        found.count { $0.contains("object_r:program_t") } == 4
          && found[9...10].allSatisfy { $0.contains("program_t") })
      #expect(found[11].contains("settings_t") && !found[12].contains("object_r"), "\(found)")
      return found
    }

    private static let contexts = """
      /.*\tsystem_u:object_r:file_t:s0
      /etc(/.*)?\tsystem_u:object_r:settings_t:s0
      /usr/bin(/.*)?\tsystem_u:object_r:program_t:s0
      /bin\t-l\tsystem_u:object_r:program_t:s0
      /var(/.*)?\tsystem_u:object_r:state_t:s0
      /srv(/.*)?\tsystem_u:object_r:state_t:s0
      /proc(/.*)?\t<<none>>
      /opt\t-d\t<<none>>

      """

    private static let spec = #"""
      Summary:        A policy with one domain
      Name:           lantern-policy
      Version:        1.0
      Release:        1%{?dist}
      License:        MIT
      Vendor:         Microsoft Corporation
      Distribution:   Azure Linux
      Group:          System Environment/Base
      URL:            https://aka.ms/azurelinux
      Source0:        lantern.cil
      Source1:        file_contexts
      BuildRequires:  secilc
      BuildArch:      noarch

      %description
      All may do everything; labels tell files apart.

      %prep
      %setup -q -c -T

      %build
      secilc --mls true --policyvers 33 --output policy.33 --filecontext none %{SOURCE0}

      %install
      install -D -m 0644 policy.33 %{buildroot}%{_sysconfdir}/selinux/lantern/policy/policy.33
      install -D -m 0644 %{SOURCE1} %{buildroot}%{_sysconfdir}/selinux/lantern/contexts/files/file_contexts
      cd %{buildroot}%{_sysconfdir}/selinux/lantern
      echo __default__:system_u:s0 > seusers
      echo system_r:system_t:s0 system_r:system_t:s0 > contexts/default_contexts
      echo system_r:system_t > contexts/default_type
      echo system_r:system_t:s0 > contexts/failsafe_context
      echo '<busconfig><selinux/></busconfig>' > contexts/dbus_contexts
      printf 'SELINUX=disabled\nSELINUXTYPE=lantern\n' > %{buildroot}%{_sysconfdir}/selinux/config

      %files
      %{_sysconfdir}/selinux

      %changelog
      * Wed Apr 01 2026 Azure Linux demo <demo@example.org> - 1.0-1
      - Original version for Azure Linux (license: MIT).
      - License verified.

      """#

    private static let policy = """
      ; Everything is one domain's; files have types so that labels can be told apart.
      (handleunknown allow)
      (mls true)
      (policycap open_perms)
      (policycap extended_socket_class)

      (class file (read write create getattr setattr lock append map unlink link rename execute execute_no_trans entrypoint execmod open relabelfrom relabelto ioctl quotaon mounton audit_access watch watch_mount watch_sb watch_with_perm watch_reads))
      (class chr_file (read write create getattr setattr lock append map unlink link rename execute execute_no_trans entrypoint execmod open relabelfrom relabelto ioctl quotaon mounton audit_access watch watch_mount watch_sb watch_with_perm watch_reads))
      (class dir (read write create getattr setattr lock append map unlink link rename execute open relabelfrom relabelto ioctl quotaon mounton add_name remove_name reparent search rmdir audit_access execmod watch watch_mount watch_sb watch_with_perm watch_reads))
      (class process (fork transition sigchld sigkill sigstop signull signal ptrace getsched setsched getsession getpgid setpgid getcap setcap share getattr setexec setfscreate noatsecure siginh setrlimit rlimitinh dyntransition setcurrent execmem execstack execheap setkeycreate setsockcreate getrlimit))
      (class filesystem (mount remount unmount getattr relabelfrom relabelto associate quotamod quotaget watch))
      (class security (compute_av compute_create compute_member check_context load_policy compute_relabel compute_user setenforce setbool setsecparam setcheckreqprot read_policy validate_trans))
      ; what dbus, systemd and login ask about themselves
      (class dbus (acquire_svc send_msg))
      (class system (ipc_info syslog_read syslog_mod syslog_console module_request module_load halt reboot status start stop enable disable reload))
      (class service (start stop status reload enable disable))
      (class passwd (passwd chfn chsh rootok crontab))
      (class context (translate contains))
      (classorder (unordered file chr_file dir process filesystem security dbus system service passwd context))

      (sensitivity s0)
      (sensitivityorder (s0))
      (level low (s0))
      (levelrange all (low low))

      (user system_u)
      (role system_r)
      (role object_r)
      (userrole system_u system_r)
      (userrole system_u object_r)
      (userlevel system_u low)
      (userrange system_u all)

      (type system_t)
      (type unlabeled_t)
      (type file_t)
      (type program_t)
      (type settings_t)
      (type state_t)
      (typeattribute files)
      (typeattributeset files (unlabeled_t file_t program_t settings_t state_t))
      (roletype system_r system_t)
      (roletype object_r system_t)
      (roletype object_r unlabeled_t)
      (roletype object_r file_t)
      (roletype object_r program_t)
      (roletype object_r settings_t)
      (roletype object_r state_t)

      (context system (system_u system_r system_t all))
      (context unlabeled (system_u object_r unlabeled_t all))
      (context plain (system_u object_r file_t all))

      (sid kernel)
      (sid security)
      (sid unlabeled)
      (sid file)
      (sid any_socket)
      (sid port)
      (sid netif)
      (sid netmsg)
      (sid node)
      (sid devnull)
      (sidorder (kernel security unlabeled file any_socket port netif netmsg node devnull))
      (sidcontext kernel system)
      (sidcontext security system)
      (sidcontext unlabeled unlabeled)
      (sidcontext file plain)
      (sidcontext any_socket system)
      (sidcontext port system)
      (sidcontext netif system)
      (sidcontext netmsg system)
      (sidcontext node system)
      (sidcontext devnull plain)

      (fsuse xattr ext4 plain)
      (fsuse task pipefs system)
      (fsuse task sockfs system)
      (fsuse trans tmpfs plain)
      (fsuse trans devpts plain)
      (fsuse trans devtmpfs plain)
      (genfscon proc "/" plain)
      (genfscon sysfs "/" plain)
      (genfscon selinuxfs "/" plain)
      (genfscon cgroup2 "/" plain)
      (genfscon vfat "/" plain)

      (allow system_t files (file (all)))
      (allow system_t files (dir (all)))
      (allow system_t files (filesystem (all)))
      (allow system_t self (file (all)))
      (allow system_t self (dir (all)))
      (allow system_t self (process (all)))
      (allow system_t self (security (all)))
      (allow files files (filesystem (associate)))
      (allow system_t self (dbus (all)))
      (allow system_t files (dbus (all)))
      (allow system_t self (system (all)))
      (allow system_t files (system (all)))
      (allow system_t self (service (all)))
      (allow system_t files (service (all)))
      (allow system_t self (passwd (all)))
      (allow system_t files (passwd (all)))
      (allow system_t self (context (all)))
      (allow system_t files (context (all)))
      (allow system_t self (chr_file (all)))
      (allow system_t files (chr_file (all)))

      """
  }
}

extension DemoTree {
  fileprivate func script(_ word: String) throws {
    try write(
      "imageconfigs/late.sh",
      "#!/bin/sh\nset -e\necho \(word) > /etc/late\necho \(word) > /srv/late\n"
        + "echo \(word) > '/etc/a \"b\"'\necho \(word) > /etc/twin\nln /etc/twin /usr/bin/twin\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: file("imageconfigs/late.sh").string)
  }
}
