/// The first and only process of the installer's initrd. It writes one disk or none, and says on every console which
/// of both, in one line that begins with `InstallerPlan.prefix`.
enum InstallerScript {
  static let text = #"""
    #!/bin/bash
    # Writes the disk image of this medium to a disk of this machine, without a question.
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
    set -o pipefail
    mkdir -p /proc /sys /dev /run /medium
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    . /etc/azl-installer.conf
    mib=$((1 << 20))

    say() {
      local console
      for console in $(cat /sys/class/tty/console/active); do
        printf 'azl-installer: %s\r\n' "$*" >"/dev/$console"
      done
    }

    # Nothing was installed: somebody has to read why.
    stop() {
      say "$*"
      say "nothing is installed; Enter turns the machine off"
      read -r _
      echo o >/proc/sysrq-trigger
      while :; do sleep 60; done
    }
    refuse() { stop "refused: $*"; }
    fail() { stop "failed: $*"; }

    megabytes() { echo $(($(cat "/sys/class/block/$1/size") * 512 / mib)); }

    find_medium() {
      local block
      for block in $(ls /sys/block); do
        case $block in loop* | ram* | zram*) continue ;; esac
        if mount -r -t iso9660 "/dev/$block" /medium 2>/dev/null; then
          [ -f "/medium/$payload" ] && medium=$block && return 0
          umount /medium
        fi
      done
      return 1
    }

    # Disks that can be written, one a line.
    disks() {
      local block
      for block in $(ls /sys/block); do
        case $block in loop* | ram* | zram* | sr* | fd* | dm-* | md*) continue ;; esac
        [ "$block" = "$medium" ] && continue
        [ "$(cat "/sys/block/$block/ro")" = 0 ] && [ "$(cat "/sys/block/$block/removable")" = 0 ] || continue
        [ "$(cat "/sys/block/$block/size")" -gt 4096 ] && echo "$block"
      done
    }

    described() {
      local block list=
      for block in "$@"; do list="$list${list:+, }/dev/$block ($(megabytes "$block") MiB)"; done
      echo "$list"
    }

    # Every partition table and file system leaves something in the first MiB or in the last.
    is_empty() {
      local last=$(($(cat "/sys/class/block/$1/size") - 2048))
      [ -z "$({
        head -c $mib "/dev/$1"
        dd if="/dev/$1" bs=512 skip=$last count=2048 status=none
      } | tr -d '\0' | head -c 1 | od -An -tx1)" ]
    }

    unpack() { zstd -q -d -c "/medium/$payload"; }

    # Controllers come up on their own time: goes on when no disk has come for two seconds.
    settle() {
      local seen= now= quiet=0
      while [ $quiet -lt 2 ] && [ $SECONDS -lt 90 ]; do
        now=$(disks)
        if [ -n "$now" ] && [ "$now" = "$seen" ]; then quiet=$((quiet + 1)); else quiet=0; fi
        seen=$now
        sleep 1
      done
    }

    for driver in $drivers; do modprobe -q "$driver" 2>/dev/null; done
    until find_medium; do
      [ $SECONDS -lt 60 ] || fail "this medium was not found: no drive shows a file system with $payload"
      sleep 1
    done
    settle

    if [ "$boot" = efi ] && [ ! -d /sys/firmware/efi ]; then
      refuse "this machine was started by a BIOS, and the image to install boots by UEFI"
    fi
    if [ "$boot" = legacy ] && [ -d /sys/firmware/efi ]; then
      refuse "this machine was started by UEFI, and the image to install boots by a BIOS"
    fi

    found=$(disks)
    [ -n "$found" ] || refuse "this machine has no disk to install to"
    if [ -n "$target" ]; then
      disk=$(basename "$(readlink -f "$target")")
      case " $(echo $found) " in
        *" $disk "*) ;;
        *) refuse "the configuration names $target, which is no disk here; there are $(described $found)" ;;
      esac
      is_empty "$disk" || refuse "/dev/$disk is not empty, and this installer erases nothing (wipefs --all does)"
    else
      empty=
      for block in $found; do is_empty "$block" && empty="$empty $block"; done
      set -- $empty
      [ $# -gt 0 ] || refuse "no disk is empty, and this installer erases nothing: $(described $found)"
      [ $# -eq 1 ] || refuse "several disks are empty, and no TargetDisk says which to take: $(described "$@")"
      disk=$1
    fi
    if [ $(($(cat "/sys/class/block/$disk/size") * 512)) -lt "$size" ]; then
      refuse "/dev/$disk is too small: $(megabytes "$disk") MiB, and the image has $((size / mib)) MiB"
    fi

    say "checking the medium"
    [ "$(sha256sum <"/medium/$payload" | cut -c1-64)" = "$payload_sha256" ] || fail "the medium is damaged: $payload is not what was built"
    say "writing $((size / mib)) MiB to /dev/$disk"
    # disks that can make themselves zero need not be sent the zeros of the image
    blkdiscard --zeroout --length "$size" "/dev/$disk" 2>/dev/null && sparse=sparse,
    unpack | dd of="/dev/$disk" bs=128K iflag=fullblock conv="${sparse}fsync" status=none \
      || fail "/dev/$disk could not be written; what is on it now is no system"
    # what is read now comes from the disk
    blockdev --flushbufs "/dev/$disk"
    echo 3 >/proc/sys/vm/drop_caches
    say "verifying /dev/$disk"
    unpack | cmp -s -n "$size" - "/dev/$disk" || fail "/dev/$disk does not hold what was written to it"
    umount /medium
    sync
    say "installed on /dev/$disk, sha256:$disk_sha256"
    say "restarting: now the disk has to be what the machine starts from"
    # a reset takes away what has not left for a console yet
    for console in $(cat /sys/class/tty/console/active); do stty -F "/dev/$console" echo; done
    echo b >/proc/sysrq-trigger
    while :; do sleep 60; done

    """#
}
