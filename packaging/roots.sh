# Sourced by tests of packages: Debian systems in folders, to install into. Only root on a machine with debootstrap can make them.
#
#   base=$(debian bookworm gcc,pkg-config)   the folder of a minimal Debian with these packages; made once, kept in target/roots. A third
#                                            argument, such as arm64, is the architecture
#   emulated aarch64                         lets the kernel run programs of this processor in an emulator
#   enter trial "$base"                      $trial is a copy of it, whose changes vanish with `leave`
#   inside command arguments...              runs a command in $trial, with the environment of a user who has just logged in
roots="$root/target/roots"

debian() {
    debian_arch=${3:-$(dpkg --print-architecture)}
    debian_at=$roots/$1-$debian_arch-$(echo "$2" | cksum | cut -d ' ' -f 1)
    mkdir -p "$roots"
    (
        flock 9
        if [ -f "$debian_at/complete" ]; then exit; fi
        # What an interrupted run left: debootstrap mounts /proc in it.
        if mountpoint -q "$debian_at/proc"; then umount "$debian_at/proc"; fi
        rm -rf --one-file-system "$debian_at"
        debootstrap --arch="$debian_arch" --variant=minbase --include="$2" "$1" "$debian_at" || exit
        rm -f "$debian_at"/var/cache/apt/archives/*.deb
        touch "$debian_at/complete"
    ) 9>"$debian_at.lock" >"$debian_at.log" 2>&1 || { tail -n 5 "$debian_at.log" >&2; return 1; }
    echo "$debian_at"
}

emulated() {
    emulated_in=/proc/sys/fs/binfmt_misc
    [ -f $emulated_in/register ] || mount -t binfmt_misc none $emulated_in || return
    [ -f "$emulated_in/qemu-$1" ] || cat "/usr/lib/binfmt.d/qemu-$1.conf" >$emulated_in/register
}

enter() {
    changes=$roots/changes-$1-$$
    trial=$changes/merged
    mkdir -p "$changes/upper" "$changes/work" "$trial"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$changes/upper,workdir=$changes/work" "$trial" && mount -t proc proc "$trial/proc"
}

inside() { chroot "$trial" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }

leave() {
    umount "$trial/proc" && umount "$trial" && rm -rf --one-file-system "$changes"
}
