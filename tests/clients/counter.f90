! SPDX-License-Identifier: BSD-3-Clause
! counter FILE N, in Fortran: N times open, read, add one, write, close.  The file is made by counter.c.
program counter
	use hdf5
	implicit none
	character(len=1024) :: file, times
	integer :: n, i, failed
	integer :: number(1)
	integer(hid_t) :: id, data
	integer(hsize_t) :: one(1) = [1_hsize_t]

	call get_command_argument(1, file)
	call get_command_argument(2, times)
	read (times, *) n
	call h5open_f(failed)
	do i = 1, n
		call h5fopen_f(trim(file), H5F_ACC_RDWR_F, id, failed)
		if (failed /= 0) stop 1
		call h5dopen_f(id, "counter", data, failed)
		if (failed /= 0) stop 1
		call h5dread_f(data, H5T_NATIVE_INTEGER, number, one, failed)
		if (failed /= 0) stop 1
		number(1) = number(1) + 1
		call h5dwrite_f(data, H5T_NATIVE_INTEGER, number, one, failed)
		if (failed /= 0) stop 1
		call h5dclose_f(data, failed)
		call h5fclose_f(id, failed)
		if (failed /= 0) stop 1
	end do
	call h5close_f(failed)
end program counter
